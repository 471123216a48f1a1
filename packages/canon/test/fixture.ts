import { generateSeed, type SigningKey, signingKey, toBase64, toBase64url } from "@sigil/crypto";
import * as canon from "../src/index.ts";

export const ORIGIN = "sigil.local/log/0193";
export const TS = "2026-11-22T12:00:00.000Z";
export const id = (n: number) => `01930000-0000-7000-8000-${String(n).padStart(12, "0")}`;
export const keys = { log: key(), record: key(), sigilderg: key(), mmf: key(), stranger: key() };

function key(): SigningKey {
  return signingKey(generateSeed());
}

export function draft(n: number, changes: Partial<canon.RecordDraft> = {}): canon.RecordDraft {
  return {
    id: id(n),
    kind: "memory.block",
    space: "user",
    stream: "memory/alice",
    loa: "Observer",
    author: { principal: "alice", loa: "Operator" },
    links: [],
    salt: canon.newSalt(),
    payload: { type: "episodic", text: `block ${n}`, tags: [], visibility: "private" },
    ...changes,
  };
}

export const pin = ({ kid, publicKey }: SigningKey, from = 0, to: number | null = null): canon.PinnedKey => {
  return { kid, publicKey: toBase64url(publicKey.raw), from, to };
};
const hint = ({ kid, publicKey }: SigningKey): canon.KeyHint => ({
  kid,
  publicKey: toBase64url(publicKey.raw),
});

// A log with every kind of citation: a decision, what it wrote, its outcome, and a frozen chain over them.
function records(): canon.CanonRecord[] {
  const place = (seq: number, prev: string | null) => ({ seq, prev, ts: TS });
  const genesis = canon.completeDraft(
    draft(0, { kind: "system.genesis", space: "system", stream: "system/genesis" }),
    place(0, null),
  );
  const stream = { space: "system", stream: `decision/${id(1)}` } as const;
  const decided = { id: id(1), action: "memory.write", verdict: "allow" };
  const decision = canon.completeDraft(
    draft(1, {
      ...stream,
      kind: "decision",
      payload: { ...canon.signAuthored(canon.DOMAINS.decision, decided, keys.sigilderg) } as never,
    }),
    place(0, null),
  );
  const block = draft(2, { links: [{ label: "decision", target: canon.recordHash(decision) }] });
  const written = canon.completeDraft(block, place(0, null));
  const effects = [
    { id: id(2), kind: "memory.block", stream: "memory/alice", digest: canon.draftDigest(block) },
  ];
  const body = { decision: id(1), status: "done", effects, ts: TS };
  const outcome = canon.completeDraft(
    draft(3, {
      ...stream,
      kind: "decision.outcome",
      payload: { ...canon.signAuthored(canon.DOMAINS.outcome, body, keys.sigilderg) } as never,
    }),
    place(1, canon.recordHash(decision)),
  );
  const frozen = {
    input: canon.recordHash(written),
    output: canon.recordHash(outcome),
    parents: [],
    context: [{ ref: "x", hash: `sha256:${"a".repeat(64)}` }],
  };
  const chain = canon.completeDraft(
    draft(4, {
      kind: "chain.frozen",
      stream: `run/${id(9)}`,
      payload: { ...canon.signAuthored(canon.DOMAINS.chain, frozen, keys.mmf) } as never,
    }),
    place(0, null),
  );
  return [genesis, decision, written, outcome, chain];
}

/** A bundle over a list of records, signed and logged, under the given keys. */
export function bundleOf(list: readonly canon.CanonRecord[], by: typeof keys = keys): canon.ProofBundle {
  const frontier = canon.Frontier.empty();
  const nodes = new Map<string, Uint8Array>();
  const leaves = list.map((record, n) => {
    const leaf = { ch: `sha256:${String(n).padStart(64, "0")}`, rh: canon.recordHash(record) };
    for (const { level, index, hash } of frontier.append(canon.leafHash(canon.leafBytes(leaf))))
      nodes.set(`${level}/${index}`, hash);
    return leaf;
  });
  const size = frontier.size;
  const getNode = (level: number, index: number) => nodes.get(`${level}/${index}`) as Uint8Array;
  return {
    v: 1,
    type: "sigil-proof-bundle",
    origin: ORIGIN,
    checkpoint: canon.signCheckpoint({ origin: ORIGIN, size, root: frontier.root() }, by.log),
    cosignatures: [],
    entries: leaves.map((leaf, index) => ({
      index,
      ...leaf,
      proof: canon.inclusionProof(index, size, getNode).map(toBase64),
      record: canon.signRecord(list[index] as canon.CanonRecord, by.record),
    })),
    keys: {
      log: [hint(by.log)],
      record: [hint(by.record)],
      sigilderg: [hint(by.sigilderg)],
      mmf: [hint(by.mmf)],
    },
  };
}

export const log = records();
export const bundle = bundleOf(log);
export const trust: canon.TrustFile = {
  v: 1,
  type: "sigil-trust",
  runtimeId: "0193",
  origin: ORIGIN,
  epochs: [{ epoch: 0, origin: ORIGIN, from: 0 }],
  keys: {
    log: [pin(keys.log)],
    record: [pin(keys.record)],
    sigilderg: [pin(keys.sigilderg)],
    mmf: [pin(keys.mmf)],
    issuer: [],
  },
  genesis: canon.recordHash(log[0] as canon.CanonRecord),
  quorum: { mode: "solo", ceremony: null },
};
