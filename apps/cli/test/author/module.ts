import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { APPS, folder } from "../place.ts";

/** A module's folder with these files beside a package.json, and the SDK where npm would link it; gone when the test ends. */
export function moduleFolder(files: Record<string, string>): string {
  const root = join(folder(), "probe");
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put("package.json", JSON.stringify({ name: "probe", version: "1.0.0", license: "MIT", type: "module" }));
  for (const [path, text] of Object.entries(files)) put(path, text);
  mkdirSync(join(root, "node_modules/@sigil"), { recursive: true });
  symlinkSync(join(APPS, "../packages/module-sdk"), join(root, "node_modules/@sigil/module-sdk"), "junction");
  return root;
}

/** A folder that looks like the one that `sigil module new` makes, without the command. */
export function templateFolder(): string {
  const root = moduleFolder({});
  cpSync(join(APPS, "cli/template"), root, { recursive: true });
  return root;
}

/** A module that declares `capabilities` and does `body`. */
export const source = (capabilities: string, body: string, imports = "") => `${imports}
import { defineModule } from "@sigil/module-sdk";
export default defineModule({
  input: { type: "object", properties: {} },
  capabilities: ${capabilities},
  async run(input, ctx) {
    ${body}
    return { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };
  },
});
`;
