import { methodCall, pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";
import { ancestor } from "../tree.ts";

/** A lock's only error is poisoning, and passing that panic on is the usual wish. */
const LOCKS = new Set(["lock", "read", "write", "try_lock", "join"]);

export const unwrap: Rule = {
  id: "unwrap",
  severity: "warning",
  title: "unwrap() in production code",
  matches:
    "`.unwrap()` or `.unwrap_err()` outside tests, constants and build scripts; not on a lock, a constructor applied to a literal, or a line whose comment explains it",
  why: "A value that is absent, or an error, ends the thread with a message that says nothing about the cause.",
  fix: "Return the error with `?`, give a default with `unwrap_or…`, or match; where it cannot fail, `expect` with the reason.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = methodCall(node, file);
    if (!call || call.args.length > 0 || (call.name !== "unwrap" && call.name !== "unwrap_err")) return null;
    const inner = methodCall(call.receiver, file);
    if (inner && LOCKS.has(inner.name) && inner.args.length === 0) return null;
    // A constructor applied to a literal fails on the first run or never: `Regex::new("…")`, `NonZeroU32::new(1)`.
    const made = pathCall(call.receiver, file);
    const only = made?.args[0]?.name ?? "";
    if (made && made.args.length === 1 && ["String", "RawString", "Integer"].includes(only)) return null;
    if (/(?:^|[\\/])build\.rs$/.test(file.path) || ancestor(node, "ConstItem", "StaticItem")) return null;
    // `split` yields at least one piece, so its first `next` never fails.
    const source = inner?.name === "next" ? methodCall(inner.receiver, file) : null;
    if ((source && /^r?split(?:n|_inclusive)?$/.test(source.name)) || file.isExplained(call.at)) return null;
    const subject = file.source.snippet(call.receiver.from, call.receiver.to, 48);
    const bad = call.name === "unwrap" ? "None or Err" : "Ok";
    return { at: call.at, detail: `\`.${call.name}()\` panics when \`${subject}\` is ${bad}.` };
  },
};
