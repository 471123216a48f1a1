import { readFileSync } from "node:fs";
import * as canon from "../../packages/canon/src/index.ts";
import { bounded, refusable } from "./bounded.ts";

// Written by the runner: the keys of a sound bundle are drawn once, so that a finding can be run again.
const { bundle, trust } = JSON.parse(readFileSync(process.env.SIGIL_FUZZ_SAMPLE ?? "", "utf8"));
const sound = new TextEncoder().encode(JSON.stringify(bundle));
const pinned = canon.parseTrustFile(JSON.stringify(trust));
const proved = new Map<string, string>(
  (bundle as canon.ProofBundle).entries.map(({ rh, record }) => [rh, JSON.stringify(record)]),
);

/** Texts that the fuzzer starts from: whole files, and edits of the sound bundle. */
export const seeds = [JSON.stringify(trust), "E\x00\x20\x41", "E\x01\x00\x33\x02\x00\x30"];

/** Data that begins with E is a list of edits of the sound bundle: two bytes of offset, one byte to put there. */
function inputOf(data: Uint8Array): Uint8Array {
  if (data[0] !== 0x45) return data;
  const copy = Uint8Array.from(sound);
  for (let at = 1; at + 2 < data.length; at += 3) {
    const offset = (((data[at] as number) << 8) | (data[at + 1] as number)) % copy.length;
    copy[offset] = data[at + 2] as number;
  }
  return copy;
}

/** Whatever the bytes, the verifier answers; and it calls verified only records that the log's owner signed. */
export function fuzz(data: Uint8Array): void {
  const input = inputOf(data);
  bounded(input.length, () => {
    refusable(() => canon.parseTrustFile(input));
    refusable(() => canon.parseBundle(input));
    const unpinned = canon.verifyBundle(input);
    if (unpinned.verdict === "verified") throw new Error("verified without a trust file");
    const { verdict } = canon.verifyBundle(input, pinned);
    if (verdict !== "verified") return;
    for (const { rh, record } of canon.parseBundle(input).entries)
      if (record !== undefined && proved.get(rh) !== JSON.stringify(record))
        throw new Error(`verified a record that nobody signed: ${rh}`);
  });
}
