import { describe, expect, test } from "vitest";
import {
  BUNDLE_STEPS,
  type BundleEntry,
  type CanonRecord,
  type ProofBundle,
  parseBundle,
  parseTrustFile,
  type Signature,
  type TrustFile,
} from "../src/index.ts";
import { bundle, bundleOf, id, keys, log, ORIGIN, pin, trust } from "./fixture.ts";
import { implementations, outcome } from "./implementations.ts";

// Edits are what a forger makes: they keep to no readonly.
type Open<T> = { -readonly [K in keyof T]: T[K] };
type OpenEntry = Open<BundleEntry>;
type OpenBundle = Open<Omit<ProofBundle, "entries">> & { entries: OpenEntry[] };
interface OpenSigned {
  record: Open<CanonRecord>;
  sig: Signature;
}
const text = JSON.stringify(bundle);
const edit = (change: (copy: OpenBundle) => void): ProofBundle => {
  const copy = structuredClone(bundle) as OpenBundle;
  change(copy);
  return copy as ProofBundle;
};
const trusting = (changes: Partial<TrustFile["keys"]>): TrustFile => ({
  ...trust,
  keys: { ...trust.keys, ...changes },
});
const entry = (copy: OpenBundle, n: number) => copy.entries[n] as OpenEntry;
const recordOf = (copy: OpenBundle, n: number) => entry(copy, n).record as OpenSigned;

describe.each(implementations)("proof bundles, $name", ({ canon }) => {
  const { verifyBundle } = canon;

  test("a bundle verifies against its trust file, as text, bytes or value", () => {
    const pinned = parseTrustFile(JSON.stringify(trust));
    for (const form of [text, new TextEncoder().encode(text), JSON.parse(text)]) {
      expect(verifyBundle(form, pinned)).toMatchObject({ verdict: "verified" });
    }
    const report = verifyBundle(bundle, pinned);
    expect(report.steps.every(({ ok }) => ok)).toBe(true);
    expect(new Set(report.steps.map(({ name }) => name))).toEqual(
      new Set(BUNDLE_STEPS.filter((name) => name !== "quorum")),
    );
    expect(report.entries[1]).toEqual({
      index: 1,
      id: id(1),
      kind: "decision",
      rh: bundle.entries[1]?.rh,
      checks: ["inclusion", "record-hash", "record-signature", "authored-signature"],
    });
  });

  test("cited records are listed, present or not", () => {
    const { cited } = verifyBundle(bundle, trust);
    expect(cited.map(({ by, present }) => [by, present])).toEqual([
      [id(2), true],
      [id(4), true],
      [id(4), true],
      [id(4), false],
    ]);
  });

  test("without a trust file a sound bundle is unpinned, a damaged one refused", () => {
    const report = verifyBundle(bundle);
    expect(report).toMatchObject({ verdict: "unpinned" });
    expect(report).not.toHaveProperty("code");
    expect(report.steps.find(({ name }) => name === "trust")?.ok).toBe(false);
    expect(
      verifyBundle(edit((b) => (b.keys = { log: [], record: [], sigilderg: [], mmf: [] }))),
    ).toMatchObject({ verdict: "unpinned" });
    expect(verifyBundle(edit((b) => (recordOf(b, 2).record.loa = "Guest")))).toMatchObject({
      code: "record-hash-mismatch",
    });
  });

  test("a bundle under a forger's own keys is refused: key-not-pinned", () => {
    const forger = {
      ...keys,
      log: keys.stranger,
      record: keys.stranger,
      sigilderg: keys.stranger,
      mmf: keys.stranger,
    };
    expect(verifyBundle(bundleOf(log, forger), trust)).toMatchObject({
      verdict: "refused",
      code: "key-not-pinned",
    });
    expect(verifyBundle(bundleOf(log, { ...keys, record: keys.stranger }), trust)).toMatchObject({
      code: "key-not-pinned",
    });
  });

  test.each(["record", "sigilderg", "mmf"] as const)(
    "a %s key counts only for the leaves it is pinned for",
    (role) => {
      expect(verifyBundle(bundle, trusting({ [role]: [pin(keys[role], 0, 5)] }))).toMatchObject({
        verdict: "verified",
      });
      for (const range of [pin(keys[role], 5), pin(keys[role], 0, 1), pin(keys.stranger)]) {
        expect(verifyBundle(bundle, trusting({ [role]: [range] }))).toMatchObject({ code: "key-not-pinned" });
      }
    },
  );

  test("a log key counts only for the sizes it is pinned for", () => {
    expect(verifyBundle(bundle, trusting({ log: [pin(keys.log, 4, 5)] }))).toMatchObject({
      verdict: "verified",
    });
    expect(verifyBundle(bundle, trusting({ log: [pin(keys.log, 5)] }))).toMatchObject({
      code: "key-not-pinned",
    });
    expect(verifyBundle(bundle, trusting({ log: [pin(keys.log, 0, 4)] }))).toMatchObject({
      code: "key-not-pinned",
    });
  });

  test.each<[string, ProofBundle, string]>([
    [
      "a changed payload",
      edit((b) => (recordOf(b, 2).record.payload.text = "other")),
      "record-hash-mismatch",
    ],
    ["another record hash", edit((b) => (entry(b, 2).rh = entry(b, 1).rh)), "inclusion-invalid"],
    ["another ciphertext digest", edit((b) => (entry(b, 2).ch = entry(b, 1).ch)), "inclusion-invalid"],
    ["another leaf's proof", edit((b) => (entry(b, 2).proof = entry(b, 1).proof)), "inclusion-invalid"],
    ["a leaf beyond the tree", edit((b) => (entry(b, 4).index = 5)), "inclusion-invalid"],
    [
      "another record's signature",
      edit((b) => (recordOf(b, 2).sig = recordOf(b, 1).sig)),
      "signature-invalid",
    ],
    [
      "a checkpoint of another size",
      edit((b) => (b.checkpoint = b.checkpoint.replace("\n5\n", "\n6\n"))),
      "checkpoint-invalid",
    ],
    ["an unknown field", edit((b) => Object.assign(b, { note: "hi" })), "bundle-malformed"],
    ["a leaf twice", edit((b) => b.entries.push(entry(b, 1))), "bundle-malformed"],
    ["no entry", edit((b) => (b.entries = [])), "bundle-malformed"],
    ["another origin", edit((b) => (b.origin = "sigil.local/log/else")), "key-not-pinned"],
  ])("%s is refused", (_, changed, code) => {
    expect(verifyBundle(changed, trust)).toMatchObject({ verdict: "refused", code });
  });

  test("a store that signs a decision it invented is refused", () => {
    const [genesis, decision] = log as [(typeof log)[0], (typeof log)[0]];
    const body = { ...(decision.payload.body as object), verdict: "deny" };
    const invented = { ...decision, payload: { ...decision.payload, body } } as typeof decision;
    expect(verifyBundle(bundleOf([genesis, invented]), trust)).toMatchObject({
      code: "authored-signature-invalid",
    });
  });

  test("an effect that is not what was decided is refused", () => {
    const swapped = { ...(log[2] as (typeof log)[0]), payload: { text: "swapped" } };
    const changed = bundleOf(log.with(2, swapped));
    expect(verifyBundle(changed, trust)).toMatchObject({ code: "effect-digest-mismatch" });
  });

  test("a stream whose links do not hold, or that forks, is refused", () => {
    const outcome = log[3] as (typeof log)[0];
    const unlinked = bundleOf(log.with(3, { ...outcome, prev: `sha256:${"0".repeat(64)}` }));
    expect(verifyBundle(unlinked, trust)).toMatchObject({ code: "stream-link-mismatch" });
    const fork = { ...outcome, id: id(77) };
    expect(verifyBundle(bundleOf([...log, fork]), trust)).toMatchObject({ code: "stream-link-mismatch" });
  });

  test("another genesis is refused", () => {
    const other = { ...trust, genesis: `sha256:${"0".repeat(64)}` };
    expect(verifyBundle(bundle, other)).toMatchObject({ code: "genesis-mismatch" });
  });

  test("a log key pinned for another origin speaks for that one only", () => {
    const origin = "sigil.local/log/else";
    const other = { ...trust, origin, epochs: [{ epoch: 0, origin, from: 0 }] };
    expect(verifyBundle(bundle, other)).toMatchObject({ code: "origin-not-pinned" });
  });

  test("a trust file whose key id is not its key's is refused", () => {
    const lying = trusting({ log: [{ ...pin(keys.log), kid: keys.record.kid }] });
    expect(verifyBundle(bundle, lying)).toMatchObject({ code: "trust-malformed" });
  });

  test("an entry without its record proves inclusion only", () => {
    const erased = edit((b) => {
      delete (entry(b, 2) as { record?: unknown }).record;
    });
    const report = verifyBundle(erased, trust);
    expect(report).toMatchObject({ verdict: "verified" });
    expect(report.entries[2]?.checks).toEqual(["inclusion"]);
  });

  test("no changed character of a bundle still verifies, but in hints", () => {
    const verified: string[] = [];
    const hints = text.indexOf('"keys":{"log"');
    for (let at = 0; at < hints; at += canon === implementations[0].canon ? 23 : 499) {
      const changed = `${text.slice(0, at)}${text[at] === "3" ? "4" : "3"}${text.slice(at + 1)}`;
      if (verifyBundle(changed, trust).verdict === "verified") verified.push(text.slice(at - 20, at + 20));
    }
    expect(verified).toEqual([]);
  });
});

describe("trust files", () => {
  const file = (changes: object) => JSON.stringify({ ...trust, ...changes });

  test("a trust file reads back", () => {
    expect(parseTrustFile(JSON.stringify(trust))).toEqual(trust);
    const epochs = [...trust.epochs, { epoch: 1, origin: `${ORIGIN}/epoch/1`, from: 9 }];
    expect(parseTrustFile(file({ epochs }))).toMatchObject({ epochs });
  });

  test.each([
    ["an unknown field", { extra: 1 }, "field-unknown $"],
    ["another version", { v: 2 }, "field-invalid $.v"],
    ["no role issuer", { keys: { ...trust.keys, issuer: undefined } }, "field-missing $.keys.issuer"],
    ["an unknown role", { keys: { ...trust.keys, witness: [] } }, "field-unknown $.keys"],
    [
      "a short key",
      { keys: { ...trust.keys, log: [{ ...pin(keys.log), publicKey: "AA" }] } },
      "field-invalid $.keys.log[0].publicKey",
    ],
    ["no epoch", { epochs: [] }, "field-invalid $.epochs"],
    [
      "an epoch of another log",
      { epochs: [{ epoch: 0, origin: "x", from: 0 }] },
      "field-invalid $.epochs[0]",
    ],
    ["an origin with a scheme", { origin: "https://x" }, "field-invalid $.origin"],
    ["another mode", { quorum: { mode: "none", ceremony: null } }, "field-invalid $.quorum.mode"],
  ])("%s is refused", (_, changes, refusal) => {
    expect(outcome(() => parseTrustFile(file(changes)))).toBe(refusal);
  });

  test("duplicate fields are refused, so that no reader sees another file", () => {
    expect(outcome(() => parseTrustFile(`{"v":1,${JSON.stringify(trust).slice(1)}`))).toBe(
      "json-duplicate-key $.v",
    );
    expect(outcome(() => parseBundle(`{"v":1,${text.slice(1)}`))).toBe("json-duplicate-key $.v");
  });
});
