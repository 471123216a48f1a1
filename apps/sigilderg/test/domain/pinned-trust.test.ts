import type { PinnedKey, TrustFile } from "@sigil/canon";
import { generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { keysByLeaf } from "../../src/domain/credentials/pinned-keys.ts";
import { PinnedTrust } from "../../src/domain/credentials/pinned-trust.ts";

function pin(from: number, to: number | null): PinnedKey {
  const { kid, publicKey } = signingKey(generateSeed());
  return { kid, publicKey: toBase64url(publicKey.raw), from, to };
}
const origin = "sigil.local/log/test";
const first = pin(0, null);
const keys = { log: [pin(0, null)], record: [first], sigilderg: [pin(0, null)], mmf: [], issuer: [] };
const before: TrustFile = {
  ...{ v: 1, type: "sigil-trust", runtimeId: "test", origin, genesis: `sha256:${"a".repeat(64)}` },
  epochs: [{ epoch: 0, origin, from: 0 }],
  keys,
  quorum: { mode: "solo", ceremony: null },
};
const rotated = { ...keys, record: [{ ...first, to: 9 }, pin(9, null)] };
const renewed = (next: TrustFile) => {
  let file = before;
  const trust = new PinnedTrust(() => file);
  file = next;
  return { renewed: trust.renew(), current: trust.current };
};

describe("the trust file of a running control plane", () => {
  it("is renewed when the store has listed a key that it rotated", () => {
    const next = { ...before, keys: rotated };
    expect(renewed(next)).toEqual({ renewed: true, current: next });
    expect(renewed(before)).toEqual({ renewed: false, current: before });
  });

  it.each<[string, TrustFile]>([
    ["forgets a key", { ...before, keys: { ...rotated, record: [pin(9, null), pin(9, null)] } }],
    [
      "ends a key without the next one",
      { ...before, keys: { ...rotated, record: [{ ...first, to: 8 }, pin(9, null)] } },
    ],
    [
      "lets a key begin earlier",
      { ...before, keys: { ...rotated, record: [{ ...first, from: 1, to: 9 }, pin(9, null)] } },
    ],
    [
      "brings a key of a service",
      { ...before, keys: { ...rotated, sigilderg: [...keys.sigilderg, pin(0, null)] } },
    ],
    ["is about another log", { ...before, keys: rotated, genesis: `sha256:${"b".repeat(64)}` }],
    [
      "opens an epoch",
      { ...before, keys: rotated, epochs: [...before.epochs, { epoch: 1, origin, from: 3 }] },
    ],
  ])("is not renewed by one that %s", (_name, next) => {
    expect(renewed(next)).toEqual({ renewed: false, current: before });
  });

  const ceremony = `sha256:${"c".repeat(64)}`;
  const entered: TrustFile = { ...before, quorum: { mode: "quorum", ceremony } };
  const renewedTo = (next: TrustFile, proved: string | undefined, from = before) => {
    let file = from;
    const trust = new PinnedTrust(() => file);
    trust.follow(() => proved);
    file = next;
    const { behind } = trust;
    return [behind, trust.renew(), trust.current === next];
  };

  it("follows to quorum mode by the ceremony that the records prove", () => {
    expect(renewedTo(entered, ceremony)).toEqual([true, true, true]);
    expect(renewedTo({ ...entered, keys: rotated }, ceremony)).toEqual([true, true, true]);
  });

  it.each<[string, TrustFile, string | undefined, TrustFile]>([
    ["by a ceremony that no record proves", entered, undefined, before],
    ["by another ceremony than the records prove", entered, `sha256:${"d".repeat(64)}`, before],
    ["by a ceremony without the mode", { ...entered, quorum: { mode: "solo", ceremony } }, ceremony, before],
    ["back to solo mode", { ...before, keys: rotated }, ceremony, entered],
    [
      "to another quorum",
      { ...entered, quorum: { mode: "quorum", ceremony: `sha256:${"d".repeat(64)}` } },
      `sha256:${"d".repeat(64)}`,
      entered,
    ],
  ])("does not go %s", (_how, next, proved, from) => {
    expect(renewedTo(next, proved, from).slice(1)).toEqual([false, false]);
  });

  it("gives a key for the leaves of its range only", () => {
    const [old, next] = rotated.record as [PinnedKey, PinnedKey];
    const at = keysByLeaf(rotated.record);
    const found = [old, next].map(({ kid }) => [8, 9].map((leaf) => at(leaf)(kid)?.kid));
    expect(found).toEqual([
      [old.kid, undefined],
      [undefined, next.kid],
    ]);
  });
});
