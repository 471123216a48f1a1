// packages/canon: JSON against its nearest relatives, records and bundles against their signatures alone.
import { hash, sign, verify } from "node:crypto";
import {
  AUTHORED,
  type CanonRecord,
  canonicalBytes,
  canonicalize,
  completeDraft,
  DOMAINS,
  draftDigest,
  Frontier,
  hashAndSignRecord,
  inclusionProof,
  leafBytes,
  leafHash,
  parseJson,
  parseTrustFile,
  recordHash,
  type SignedRecord,
  signAuthored,
  signCheckpoint,
  verifyBundle,
} from "@sigil/canon";
import {
  generateSeed,
  nodeKeyObject,
  type SigningKey,
  signingKey,
  toBase64,
  toBase64url,
  utf8,
} from "@sigil/crypto";
import { canonicalize as jsonCanonicalize } from "json-canonicalize";
import { type Line, measure, type Scale } from "../measure.ts";

import { batched } from "./crypto.ts";
import { sampleDraft } from "./sample.ts";

const BATCH = 50;
const TS = "2026-11-22T12:00:00.000Z";

export async function* canon(scale: Scale): AsyncGenerator<Line> {
  const suite = { ...scale, suite: "canon", batch: BATCH };
  const record = completeDraft(sampleDraft(0), { seq: 0, prev: null, ts: TS });
  const text = JSON.stringify(record);
  const value: unknown = JSON.parse(text);
  yield await measure({
    ...suite,
    case: "canonicalize",
    baseline: `json-canonicalize of the same ${text.length} characters`,
    run: batched(() => canonicalize(value)),
    runBaseline: batched(() => jsonCanonicalize(value)),
  });
  yield await measure({
    ...suite,
    case: "parse",
    baseline: `JSON.parse of the same ${text.length} characters`,
    run: batched(() => parseJson(text)),
    runBaseline: batched(() => JSON.parse(text)),
  });

  const key = signingKey(generateSeed());
  const object = nodeKeyObject(key);
  const message = canonicalBytes(record);
  yield await measure({
    ...suite,
    case: "record-sign",
    baseline: "node:crypto sign of the canonical bytes with a reused KeyObject",
    run: batched(() => hashAndSignRecord(record, key)),
    runBaseline: batched(() => sign(null, message, object)),
  });

  const leaf = leafHash(leafBytes({ ch: `sha256:${"1".repeat(64)}`, rh: `sha256:${"2".repeat(64)}` }));
  const node = new Uint8Array(65);
  let frontier = Frontier.empty();
  yield await measure({
    ...suite,
    batch: BATCH * 20,
    case: "tree-append",
    baseline: "one crypto.hash of 65 bytes, the node that an append completes on average",
    run: () => {
      frontier = Frontier.empty();
      for (let i = 0; i < BATCH * 20; i++) frontier.append(leaf);
    },
    runBaseline: () => {
      for (let i = 0; i < BATCH * 20; i++) hash("sha256", node, "buffer");
    },
  });

  const { bundle, checks, trust } = bundleOf(8);
  if (verifyBundle(bundle, trust).verdict !== "verified")
    throw new Error("the sample bundle does not verify");
  yield await measure({
    ...scale,
    suite: "canon",
    case: "bundle-verify",
    unit: "ms",
    baseline: `node:crypto verify of its ${checks.length} signatures with reused KeyObjects`,
    run: () => verifyBundle(bundle, trust),
    runBaseline: () => {
      for (const check of checks) check();
    },
  });
}

type Keys = Record<"log" | "record" | "sigilderg" | "mmf", SigningKey>;

/** What one write of memory commits: the decision, the block, and the outcome that binds it. */
function writeOf(n: number, prev: string | null, { sigilderg }: Keys): CanonRecord[] {
  const at = (seq: number, before: string | null) => ({ seq, prev: before, ts: TS });
  const sample = sampleDraft(3 * n);
  const decided = { ...sample, space: "system", stream: `decision/${n}`, links: [] } as const;
  const body = {
    id: sample.id,
    action: "memory.write",
    principal: "alice",
    verdict: "allow",
    reasons: [],
    ts: TS,
  };
  const decision = completeDraft(
    {
      ...decided,
      kind: "decision",
      payload: { ...signAuthored(DOMAINS.decision, body, sigilderg) } as never,
    },
    at(0, null),
  );
  const block = completeDraft(sampleDraft(3 * n + 1), at(n, prev));
  const effects = [{ id: block.id, kind: block.kind, stream: block.stream, digest: draftDigest(block) }];
  const result = { decision: sample.id, status: "done", effects, ts: TS };
  const outcome = completeDraft(
    {
      ...decided,
      id: sampleDraft(3 * n + 2).id,
      kind: "decision.outcome",
      payload: { ...signAuthored(DOMAINS.outcome, result, sigilderg) } as never,
    },
    at(1, recordHash(decision)),
  );
  return [decision, block, outcome];
}

/** A bundle of so many writes, its trust file, and each of its signature checks alone. */
function bundleOf(writes: number) {
  const keys: Keys = {
    log: signingKey(generateSeed()),
    record: signingKey(generateSeed()),
    sigilderg: signingKey(generateSeed()),
    mmf: signingKey(generateSeed()),
  };
  const origin = "sigil.local/log/bench";
  const frontier = Frontier.empty();
  const nodes = new Map<string, Uint8Array>();
  const entries: { ch: string; rh: string; signed: SignedRecord }[] = [];
  let prev: string | null = null;
  for (let n = 0; n < writes; n++) {
    const records = writeOf(n, prev, keys);
    prev = recordHash(records[1] as CanonRecord);
    for (const record of records) {
      const { hash: rh, signed } = hashAndSignRecord(record, keys.record);
      const ch = `sha256:${String(entries.length).padStart(64, "0")}`;
      for (const { hash: node, index, level } of frontier.append(leafHash(leafBytes({ ch, rh }))))
        nodes.set(`${level}/${index}`, node);
      entries.push({ ch, rh, signed });
    }
  }
  const size = entries.length;
  const getNode = (level: number, index: number) => nodes.get(`${level}/${index}`) as Uint8Array;
  const checkpoint = signCheckpoint({ origin, size, root: frontier.root() }, keys.log);
  const bundle = JSON.stringify({
    v: 1,
    type: "sigil-proof-bundle",
    origin,
    checkpoint,
    cosignatures: [],
    entries: entries.map(({ ch, rh, signed }, index) => {
      const proof = inclusionProof(index, size, getNode).map(toBase64);
      return { index, ch, rh, proof, record: signed };
    }),
    keys: { log: [], record: [], sigilderg: [], mmf: [] },
  });
  const pinned = (key: SigningKey) => [
    { kid: key.kid, publicKey: toBase64url(key.publicKey.raw), from: 0, to: null },
  ];
  const trust = parseTrustFile(
    JSON.stringify({
      v: 1,
      type: "sigil-trust",
      runtimeId: "bench",
      origin,
      epochs: [{ epoch: 0, origin, from: 0 }],
      keys: {
        log: pinned(keys.log),
        record: pinned(keys.record),
        sigilderg: pinned(keys.sigilderg),
        mmf: pinned(keys.mmf),
        issuer: [],
      },
      genesis: entries[0]?.rh,
      quorum: { mode: "solo", ceremony: null },
    }),
  );
  const check = (message: Uint8Array, key: SigningKey) => {
    const object = nodeKeyObject(key.publicKey);
    const signature = key.sign(message);
    return () => verify(null, message, object, signature);
  };
  const checks = [
    check(utf8(checkpoint.slice(0, checkpoint.indexOf("\n\n") + 1)), keys.log),
    ...entries.flatMap(({ signed: { record } }) => {
      const own = check(utf8(`${DOMAINS.record}\n${canonicalize(record)}`), keys.record);
      const authored = AUTHORED[record.kind];
      if (authored === undefined) return [own];
      const message = utf8(`${authored.domain}\n${canonicalize(record.payload.body)}`);
      return [own, check(message, keys[authored.role])];
    }),
  ];
  return { bundle, checks, trust };
}
