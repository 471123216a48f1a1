import { methodCall, pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";

export const worldWritable: Rule = {
  id: "world-writable",
  severity: "error",
  title: "file writable by everyone",
  matches:
    "an octal mode with the write bit for others (and no sticky bit) given to `mode`, `set_mode` or `from_mode`",
  why: "Every account on the machine can replace the content.",
  fix: "Use 0o600 for private files, 0o644 or 0o755 where others may read.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const method = methodCall(node, file);
    const path = pathCall(node, file);
    const isMode = method
      ? method.name === "mode" || method.name === "set_mode"
      : /(?:^|::)Permissions::from_mode$/.test(path?.path ?? "");
    const value = (method ?? path)?.args[0];
    if (!isMode || value?.name !== "Integer") return null;
    const text = file.text(value).replace(/_|u32$/g, "");
    if (!text.startsWith("0o")) return null;
    const mode = Number.parseInt(text.slice(2), 8);
    return (mode & 0o002) !== 0 && (mode & 0o1000) === 0
      ? { at: value, detail: `Mode \`${text}\` lets every user write.` }
      : null;
  },
};
