import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as crypto from "@sigil/crypto";
import { transform } from "esbuild";
import { expect, test } from "vitest";
import * as canon from "../src/index.ts";
import { bundle, trust } from "./fixture.ts";

const MODULES: Record<string, object> = { "@sigil/crypto": crypto, "@sigil/canon": canon };
/** What the examples take as given. */
const GIVEN = { bundleText: JSON.stringify(bundle), trustText: JSON.stringify(trust) };

/** Every TypeScript example of a package's README, in the order of the page. */
function examplesOf(name: string): string {
  const text = readFileSync(join(import.meta.dirname, `../../${name}/README.md`), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code).join("\n");
}

/** Runs the examples and returns what each line with a comment came to: `value` as printed, or `throws <code> <path>`. */
async function run(name: string): Promise<{ claim: string; came: string }[]> {
  const claimed = examplesOf(name)
    .replace(/^import \{([^}]*)\} from "([^"]+)";$/gm, (_, names: string, from: string) => {
      const wanted = names.split(",").filter((each) => !each.trim().startsWith("type "));
      return `const {${wanted.join(",")}} = modules[${JSON.stringify(from)}];`;
    })
    .replace(/^(?!const |for |\s)(.+); \/\/ (.+)$/gm, (_, statement: string, claim: string) => {
      return `note(${JSON.stringify(claim)}, () => ${statement});`;
    });
  const { code } = await transform(claimed, { loader: "ts" });
  const notes: { claim: string; came: string }[] = [];
  const note = (claim: string, act: () => unknown) => {
    try {
      notes.push({ claim, came: String(act()) });
    } catch (error) {
      const { code, path = "" } = error as canon.CanonError;
      notes.push({ claim, came: `throws ${code} ${path}`.trim() });
    }
  };
  const body = new Function("modules", "note", "console", ...Object.keys(GIVEN), code);
  body(MODULES, note, { log: () => {} }, ...Object.values(GIVEN));
  return notes;
}

test("the examples of @sigil/canon's README run and come to what their comments say", async () => {
  expect(await run("canon")).toEqual([
    { claim: '{"a":"€","b":1000}', came: '{"a":"€","b":1000}' },
    { claim: 'throws CanonError "json-duplicate-key" at $.a', came: "throws json-duplicate-key $.a" },
    {
      claim: '"verified", "refused" with report.code, or "unpinned" without a trust file',
      came: "verified",
    },
  ]);
});

test("the examples of @sigil/crypto's README run and come to what their comments say", async () => {
  expect(await run("crypto")).toEqual([
    { claim: 'returns, or throws CryptoError "signature-invalid"', came: "undefined" },
    { claim: 'another context throws "decrypt-failed"', came: String(crypto.utf8("row")) },
  ]);
});
