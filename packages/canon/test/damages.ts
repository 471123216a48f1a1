import { generateSeed, signingKey } from "@sigil/crypto";
import {
  type BundleEntry,
  type CanonRecord,
  completeDraft,
  cosign,
  cosignerKey,
  DOMAINS,
  type PinnedKey,
  type ProofBundle,
  type Signature,
  signAuthored,
  type TrustFile,
} from "../src/index.ts";
import { bundle, bundleOf, draft, id, keys, log, pin, TS, trust } from "./fixture.ts";

// Edits are what a forger makes: they keep to no readonly.
type Open<T> = { -readonly [K in keyof T]: T[K] };
type OpenEntry = Open<BundleEntry>;
type OpenBundle = Open<Omit<ProofBundle, "entries">> & { entries: OpenEntry[] };
interface OpenSigned {
  record: Open<CanonRecord>;
  sig: Open<Signature>;
}

const text = JSON.stringify(bundle);
const entry = (copy: OpenBundle, n: number) => copy.entries[n] as OpenEntry;
const signed = (copy: OpenBundle, n: number) => entry(copy, n).record as OpenSigned;
const record = (n: number) => log[n] as CanonRecord;
function edit(change: (copy: OpenBundle) => void): string {
  const copy = structuredClone(bundle) as OpenBundle;
  change(copy);
  return JSON.stringify(copy);
}
const stranger = keys.stranger;
const forger = { ...keys, log: stranger, record: stranger, sigilderg: stranger, mmf: stranger };
const invented = { ...(record(1).payload.body as object), verdict: "deny" };
const of = (list: readonly CanonRecord[], by = keys) => JSON.stringify(bundleOf(list, by));

/** A receipt of erasure in the name of SigilDERG, signed by `key`. */
function erasure(key: typeof stranger): CanonRecord {
  const { body, sig } = signAuthored(DOMAINS.erasure, { erased: [id(2)] }, key);
  const payload = { body, sig: { ...sig, kid: keys.sigilderg.kid } };
  return completeDraft(
    draft(8, { kind: "record.erased", space: "system", stream: "system/erasure", payload }),
    { seq: 0, prev: null, ts: TS },
  );
}

/** Every way in which a bundle is damaged or forged. */
export const damages: readonly { name: string; text: string }[] = Object.entries({
  "a changed payload": edit((b) => (signed(b, 2).record.payload.text = "other")),
  "another record hash": edit((b) => (entry(b, 2).rh = entry(b, 1).rh)),
  "another ciphertext digest": edit((b) => (entry(b, 2).ch = entry(b, 1).ch)),
  "another leaf's proof": edit((b) => (entry(b, 2).proof = entry(b, 1).proof)),
  "a proof that is too long": edit((b) => {
    entry(b, 2).proof = [...entry(b, 2).proof, entry(b, 1).proof[0] as string];
  }),
  "a proof that is too short": edit((b) => {
    entry(b, 2).proof = entry(b, 2).proof.slice(0, -1);
  }),
  "a leaf beyond the tree": edit((b) => (entry(b, 4).index = 5)),
  "a leaf at a fraction": edit((b) => (entry(b, 4).index = 3.5)),
  "another record's signature": edit((b) => (signed(b, 2).sig = signed(b, 1).sig)),
  "a signature with S + L": edit((b) => (signed(b, 2).sig.value = plusOrder(signed(b, 2).sig.value))),
  "a signature by a key that nobody pins": edit((b) => (signed(b, 2).sig.kid = stranger.kid)),
  "a checkpoint of another size": edit((b) => (b.checkpoint = b.checkpoint.replace("\n5\n", "\n6\n"))),
  "a checkpoint without signature": edit((b) => (b.checkpoint = b.checkpoint.replace(/— .*\n$/, ""))),
  "a checkpoint with another text before": edit((b) => (b.checkpoint = `x\n\n${b.checkpoint}`)),
  "a checkpoint whose signature is only a cosignature": edit((b) => {
    b.cosignatures = [b.checkpoint.split("\n").at(-2) as string];
    b.checkpoint = b.checkpoint.replace(/— .*\n$/, `— someone ${"AAAA".repeat(22)}\n`);
  }),
  "a cosignature that is none": edit((b) => (b.cosignatures = ["hello"])),
  "a leaf twice": edit((b) => b.entries.push(entry(b, 1))),
  "no entry": edit((b) => (b.entries = [])),
  "another version": edit((b) => (b.v = 2 as 1)),
  "another type": edit((b) => (b.type = "sigil-trust" as "sigil-proof-bundle")),
  "another origin": edit((b) => (b.origin = "sigil.local/log/else")),
  "no JSON": text.slice(0, -1),
  "a forger's own keys": of(log, forger),
  "a forger's own record key": of(log, { ...keys, record: stranger }),
  "an invented decision": of([
    record(0),
    { ...record(1), payload: { ...record(1).payload, body: invented } } as CanonRecord,
  ]),
  "an invented erasure": of([record(0), erasure(keys.mmf)]),
  "an effect that was not decided": of(log.with(2, { ...record(2), payload: { text: "swapped" } })),
  "a stream whose link is broken": of(log.with(3, { ...record(3), prev: `sha256:${"0".repeat(64)}` })),
  "a stream that forks": of([...log, { ...record(3), id: id(77) }]),
}).map(([name, text]) => ({ name, text }));

const trusting = (changes: Partial<TrustFile["keys"]>): TrustFile => ({
  ...trust,
  keys: { ...trust.keys, ...changes },
});
const origin = "sigil.local/log/else";

/** Trust files under which the sound bundle is not verified, or only just. */
export const damagedTrusts: readonly { name: string; trust: TrustFile }[] = [
  ...(["record", "sigilderg", "mmf"] as const).flatMap((role) =>
    Object.entries<PinnedKey>({
      "for exactly its leaves": pin(keys[role], 0, 5),
      "from a later leaf": pin(keys[role], 5),
      "to an earlier leaf": pin(keys[role], 0, 1),
      "in a stranger's name": pin(stranger),
    }).map(([name, range]) => ({
      name: `a ${role} key pinned ${name}`,
      trust: trusting({ [role]: [range] }),
    })),
  ),
  { name: "a log key pinned for exactly this size", trust: trusting({ log: [pin(keys.log, 4, 5)] }) },
  { name: "a log key pinned for larger trees", trust: trusting({ log: [pin(keys.log, 5)] }) },
  { name: "a log key pinned for smaller trees", trust: trusting({ log: [pin(keys.log, 0, 4)] }) },
  {
    name: "a log key under another's id",
    trust: trusting({ log: [{ ...pin(keys.log), kid: keys.record.kid }] }),
  },
  { name: "another genesis", trust: { ...trust, genesis: `sha256:${"0".repeat(64)}` } },
  { name: "another log", trust: { ...trust, origin, epochs: [{ epoch: 0, origin, from: 0 }] } },
];

// Two cosigners that a trust file may pin, and what they sign.
const cosigners = [stranger, keys.mmf].map((key, n) =>
  cosignerKey(`cosigner.example/${n}`, key.publicKey.raw),
);
const asking = (threshold: number): TrustFile => ({ ...trust, cosigners: { keys: cosigners, threshold } });
const cosigned = (...by: [number, string][]): string => {
  const body = bundle.checkpoint.slice(0, bundle.checkpoint.indexOf("\n\n") + 1);
  const lines = by.map(([n, more]) =>
    cosign(`${body}${more}`, `cosigner.example/${n}`, 1_763_812_800, n === 0 ? stranger : keys.mmf),
  );
  return edit((b) => (b.cosignatures = lines));
};

/** Bundles under trust files that ask for cosigners. */
export const cosignedBundles: readonly { name: string; text: string; trust: TrustFile }[] = [
  { name: "both cosigners of two", text: cosigned([0, ""], [1, ""]), trust: asking(2) },
  { name: "one cosigner where one is enough", text: cosigned([1, ""]), trust: asking(1) },
  { name: "one cosigner of two", text: cosigned([0, ""]), trust: asking(2) },
  { name: "one cosigner twice", text: cosigned([0, ""], [0, ""]), trust: asking(2) },
  { name: "no cosigner", text, trust: asking(1) },
  { name: "a cosignature over another text", text: cosigned([0, "x\n"], [1, ""]), trust: asking(1) },
];

// The log goes on after a rotation of both signing keys: each leaf under the key of its range.
const successors = { ...keys, record: newKey(), log: newKey() };
const size = log.length;
const longer = [
  ...log,
  completeDraft(draft(9, { stream: "memory/bob" }), { seq: 0, prev: null, ts: TS }),
  completeDraft(draft(10, { stream: "memory/carol" }), { seq: 0, prev: null, ts: TS }),
];
const after = trusting({
  record: [pin(keys.record, 0, size + 1), pin(successors.record, size + 1)],
  log: [pin(keys.log, 0, size + 1), pin(successors.log, size + 1)],
});
const rotated = (signers: { record: typeof keys; log: typeof keys; last: typeof keys }): string => {
  const [first, last] = [bundleOf(longer, signers.record), bundleOf(longer, signers.last)];
  const { checkpoint } = bundleOf(longer, signers.log);
  return JSON.stringify({
    ...first,
    checkpoint,
    entries: [...first.entries.slice(0, -1), last.entries.at(-1)],
  });
};
const [old, fresh] = [keys, successors];

/** Bundles across a rotation of record and log key. */
export const rotatedBundles: readonly { name: string; text: string; trust: TrustFile; verdict: string }[] = [
  {
    name: "each leaf under its key",
    text: rotated({ record: old, last: fresh, log: fresh }),
    trust: after,
    verdict: "verified",
  },
  {
    name: "a new leaf under the old key",
    text: rotated({ record: old, last: old, log: fresh }),
    trust: after,
    verdict: "key-not-pinned",
  },
  {
    name: "an old leaf under the new key",
    text: rotated({ record: fresh, last: fresh, log: fresh }),
    trust: after,
    verdict: "key-not-pinned",
  },
  {
    name: "a new checkpoint under the old key",
    text: rotated({ record: old, last: fresh, log: old }),
    trust: after,
    verdict: "key-not-pinned",
  },
  { name: "the bundle from before, and the trust file from after", text, trust: after, verdict: "verified" },
  {
    name: "the trust file from before",
    text: rotated({ record: old, last: fresh, log: fresh }),
    trust,
    verdict: "key-not-pinned",
  },
];

function newKey(): typeof stranger {
  return signingKey(generateSeed());
}

/** The second spelling of a signature: S + L, which tweetnacl alone would accept. */
function plusOrder(value: string): string {
  const bytes = Buffer.from(value, "base64url");
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + order;
  const half = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([bytes.subarray(0, 32), half]).toString("base64url");
}
