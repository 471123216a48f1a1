// What a bundler takes for a browser: tweetnacl's compact build, which Node never loads. It accepts what the others accept.
import { join } from "node:path";
import { build } from "esbuild";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fromHex, generateSeed, signingKey, toHex } from "../src/index.ts";
import type * as Portable from "../src/portable.ts";
import { vectorFolder, wycheproof } from "./vectors.ts";

let browser: typeof Portable;
let inputs: string[];

beforeAll(async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "../src/portable.ts")],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  inputs = Object.keys(metafile.inputs);
  const source = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  browser = await import(/* @vite-ignore */ `data:text/javascript;base64,${source}`);
});

/** Nothing, or the code of the refusal. The build has an error class of its own. */
function refusal(raw: Uint8Array, message: Uint8Array, signature: Uint8Array): string | undefined {
  try {
    browser.verifyKey(raw).verify(message, signature);
    return undefined;
  } catch (error) {
    if (error instanceof browser.CryptoError) return error.code;
    throw error;
  }
}

describe("the build for browsers", () => {
  test("holds the compact build of tweetnacl, and nothing of Node", () => {
    expect(inputs.filter((path) => path.includes("tweetnacl"))).toEqual([
      expect.stringMatching(/tweetnacl\/nacl\.js$/),
    ]);
    expect(inputs.filter((path) => path.includes("src/node/"))).toEqual([]);
  });

  test("signatures by Node verify, and none with a changed bit", () => {
    const key = signingKey(generateSeed());
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(511), (message, bit) => {
        const signature = key.sign(message);
        expect(refusal(key.publicKey.raw, message, signature)).toBeUndefined();
        signature[bit >> 3] = (signature[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(refusal(key.publicKey.raw, message, signature)).toBe("signature-invalid");
      }),
      { numRuns: 20 },
    );
  });

  test("its signatures are Node's", () => {
    const seed = generateSeed();
    const own = browser.signingKey(browser.Secret.from(seed.reveal()));
    const message = fromHex("00ff10");
    expect(toHex(own.sign(message))).toBe(toHex(signingKey(seed).sign(message)));
  });
});

interface Group {
  publicKey: { pk: string };
  tests: { tcId: number; msg: string; sig: string; result: "valid" | "invalid" }[];
}

const folder = vectorFolder("wycheproof");
describe.runIf(folder !== undefined)("Wycheproof", () => {
  test("every case of Ed25519 has the expected verdict in the build for browsers", () => {
    let cases = 0;
    for (const group of wycheproof<Group>(folder as string, "ed25519_test.json")) {
      for (const { tcId, msg, sig, result } of group.tests) {
        const found = refusal(fromHex(group.publicKey.pk), fromHex(msg), fromHex(sig));
        expect(found === undefined, `case ${tcId}`).toBe(result === "valid");
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(100);
  }, 120_000);
});
