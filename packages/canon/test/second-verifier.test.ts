import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, test } from "vitest";
import { parseTrustFile, type TrustFile, verifyBundle } from "../src/index.ts";
import { cosignedBundles, damagedTrusts, damages, rotatedBundles } from "./damages.ts";
import { bundle, trust } from "./fixture.ts";
import { agreed } from "./governed.ts";

const source = join(import.meta.dirname, "../../../docs/examples/verify-bundle.mjs");
// A folder with the verifier and the two packages that it needs: no path leads from there to anything of Sigil.
const folder = mkdtempSync(join(tmpdir(), "sigil-second-verifier-"));
mkdirSync(join(folder, "node_modules"));
for (const [name, from] of [
  ["json-canonicalize", "canon"],
  ["tweetnacl", "crypto"],
] as const) {
  const require = createRequire(join(import.meta.dirname, `../../${from}/package.json`));
  let at = dirname(require.resolve(name));
  while (!at.endsWith(join("node_modules", name))) at = dirname(at);
  symlinkSync(at, join(folder, "node_modules", name), "junction");
}
cpSync(source, join(folder, "verify-bundle.mjs"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EXIT = { verified: 0, refused: 1, unpinned: 2 };

/** Exit code and first words of the second verifier. */
async function second(text: string, pinned?: TrustFile): Promise<[number, string]> {
  writeFileSync(join(folder, "bundle.json"), text);
  writeFileSync(join(folder, "trust.json"), JSON.stringify(pinned ?? null));
  const argv = [join(folder, "bundle.json"), ...(pinned === undefined ? [] : [join(folder, "trust.json")])];
  const worker = new Worker(join(folder, "verify-bundle.mjs"), { argv, stdout: true });
  let said = "";
  worker.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = (await once(worker, "exit")) as [number];
  return [code, said.trim().replace(/:.*/s, "")];
}

/** The same, as the verifier of this package would say it. */
function first(text: string, pinned?: TrustFile): [number, string] {
  const { verdict, code } = verifyBundle(text, pinned);
  return [EXIT[verdict], code === undefined ? verdict : `${verdict} ${code}`];
}

describe("the second verifier of docs/examples", () => {
  const text = JSON.stringify(bundle);

  test("has under 150 lines and imports nothing of Sigil", () => {
    const code = readFileSync(source, "utf8");
    expect(code.split("\n").length).toBeLessThan(151);
    const imports = [...code.matchAll(/^import .* from "(.*)";$/gm)].map(([, name]) => name);
    expect(imports).toEqual(["node:crypto", "node:fs", "json-canonicalize", "tweetnacl"]);
  });

  test("verifies a sound bundle, and without a trust file calls it unpinned", async () => {
    expect(await second(text, parseTrustFile(JSON.stringify(trust)))).toEqual([0, "verified"]);
    expect(await second(text)).toEqual([2, "unpinned"]);
  });

  test.each(damages)("agrees about $name", async ({ text: damaged }) => {
    expect(await second(damaged, trust)).toEqual(first(damaged, trust));
  });

  test("agrees about damages without a trust file, too", async () => {
    // Those that contradict nothing without one, and some of the others: each run starts a thread.
    const some = damages
      .map(({ text: damaged }) => damaged)
      .filter((damaged, n) => n % 5 === 0 || first(damaged)[0] === EXIT.unpinned);
    const answers: number[] = [];
    for (const damaged of some) answers.push((await second(damaged))[0]);
    expect(answers).toEqual(some.map((damaged) => first(damaged)[0]));
    expect(new Set(answers)).toEqual(new Set([EXIT.refused, EXIT.unpinned]));
  });

  test.each(damagedTrusts)("agrees about $name", async ({ trust: pinned }) => {
    expect(await second(text, pinned)).toEqual(first(text, pinned));
  });

  test.each(cosignedBundles)("agrees about $name", async ({ text: cosigned, trust: pinned }) => {
    expect(await second(cosigned, pinned)).toEqual(first(cosigned, pinned));
  });

  test.each(rotatedBundles)(
    "agrees about a rotation: $name",
    async ({ text: rotated, trust: pinned, verdict }) => {
      const answer = verdict === "verified" ? verdict : `refused ${verdict}`;
      expect(first(rotated, pinned)[1]).toBe(answer);
      expect(await second(rotated, pinned)).toEqual(first(rotated, pinned));
    },
  );

  test("counts no votes, and verifies nothing that needs some", async () => {
    const { bundle: governed, trust: pinned } = agreed();
    const text = JSON.stringify(governed);
    expect(await second(text, pinned)).toEqual([1, "refused quorum-unchecked"]);
    const solo: TrustFile = { ...pinned, quorum: { mode: "solo", ceremony: null } };
    expect(await second(text, solo)).toEqual([1, "refused quorum-unchecked"]);
    expect(await second(text)).toEqual([2, "unpinned"]);
  });

  test("agrees about any changed character", async () => {
    const hints = text.indexOf('"keys":{"log"');
    const disagreed: string[] = [];
    for (let at = 5; at < hints; at += 397) {
      const changed = `${text.slice(0, at)}${text[at] === "3" ? "4" : "3"}${text.slice(at + 1)}`;
      const [ours] = first(changed, trust);
      const [theirs] = await second(changed, trust);
      if (ours !== theirs) disagreed.push(text.slice(at - 20, at + 20));
    }
    expect(disagreed).toEqual([]);
  });
});
