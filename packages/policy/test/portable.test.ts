import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import * as native from "@sigil/policy";
import * as portable from "@sigil/policy/portable";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { caller, derg, NOW, QUORUM, SOLO } from "./people.ts";

const entry = fileURLToPath(new URL("../src/portable.ts", import.meta.url));

test("the portable entry has everything but licences and schemas", () => {
  const left = Object.keys(native).filter((name) => !(name in portable));
  expect(left.toSorted()).toEqual(
    [
      "LICENCE_ALGORITHM",
      "LICENCE_MAX",
      "LICENCE_SKEW",
      "LICENCE_TYPE",
      "actionRowSchema",
      "authenticLicence",
      "issueLicence",
      "licenceClaims",
      "policyCases",
      "requireLicence",
      "ruleZeroOutput",
      "supposedFacts",
      "verifyLicence",
    ].toSorted(),
  );
});

test("both entries decide every action alike, under the same digest", () => {
  expect(portable.policyDigest()).toBe(native.policyDigest());
  for (const { action } of native.ACTIONS) {
    for (const who of [null, derg, ...native.LOA.map((loa) => caller(loa))]) {
      for (const facts of [SOLO, QUORUM]) {
        expect(portable.decide(action, who, facts, NOW)).toEqual(native.decide(action, who, facts, NOW));
      }
    }
  }
});

test("the portable entry decides where there is no Node: no process, no Buffer, no node: import, neither zod nor jose", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    globalName: "policy",
    platform: "browser",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((path) => /node_modules\/(zod|jose)\//.test(path))).toEqual([]);
  const code = outputFiles[0]?.text ?? "";
  const question = `policy.decide("memory.write", ${JSON.stringify(caller("Operator"))}, { mode: "solo" }, ${JSON.stringify(NOW)})`;
  // A bare realm: the language, and the two encoders that WHATWG gives every host.
  const answer = runInNewContext(`${code};JSON.stringify([typeof process, typeof Buffer, ${question}])`, {
    TextEncoder,
    TextDecoder,
    console: undefined,
  });
  expect(JSON.parse(answer)).toEqual([
    "undefined",
    "undefined",
    native.decide("memory.write", caller("Operator"), SOLO, NOW),
  ]);
});
