import {
  type CanonRecord,
  completeDraft,
  DOMAINS,
  type Json,
  type Kind,
  type Loa,
  newSalt,
  recordHash,
  signAuthored,
} from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { chainParents, modelsAsked, type TrustResult } from "@sigil/policy";
import { v7 as uuidv7 } from "uuid";
import type { RecordedCall } from "./host-calls.ts";
import type { RunOrder } from "./order.ts";
import type { Judgement } from "./verdict.ts";

/** What a guest ran in, as the chain names it. */
export interface EngineIdentity {
  name: string;
  version: string;
  /** sha256:<hex> of the engine's wasm. */
  digest: string;
}

/** Links of a record at most; further parents and context stay in the chain's body. */
const MAX_LINKS = 64;

/**
 * Freezes a judged run: `run.calls`, `run.output` and `chain.frozen` at positions 1 to 3 of `run/<run>`, chained after the
 * input record. The chain carries MMF's own signature (`SIGIL-CHAIN-V1`) over hashes, verdicts and scope; it holds no text
 * of a user or a module, so it stays when the texts it cites are erased, and whoever may read chains may read it.
 */
export function freezeChain(
  order: RunOrder,
  judgement: Judgement,
  account: readonly RecordedCall[],
  author: { key: SigningKey; engine: EngineIdentity; now: () => string },
): [calls: CanonRecord, output: CanonRecord, chain: CanonRecord] {
  const chainId = uuidv7();
  const input = recordHash(order.inputRecord);
  const ts = author.now();
  const calls = place(order, "run.calls", { calls: account as unknown as Json }, { seq: 1, prev: input, ts });
  const callsHash = recordHash(calls);
  const output = place(order, "run.output", judgement.output as unknown as Payload, {
    seq: 2,
    prev: callsHash,
    ts,
  });
  const outputHash = recordHash(output);
  // A reference that no host call returned is the module's own text: it stays in run.output, which can be erased.
  const context = judgement.cited.map((each) => ({ ...each }));
  const { parents, omitted } = chainParents(order.parents, context, account);
  const models = modelsAsked(account);
  const body = {
    chainId,
    run: order.run,
    input,
    context,
    output: outputHash,
    calls: callsHash,
    verdict: judgement.verdict,
    moduleVerdict: judgement.moduleVerdict,
    reasons: judgement.reasons,
    audit: { timestamp: ts, sessionId: order.session, loa: order.loa, chainId },
    trust: chainTrust(order.trust),
    scope: {
      principal: order.principal,
      moduleId: order.module,
      moduleDigest: order.digest,
      sessionId: order.session,
      runId: order.run,
    },
    ...(models.length > 0 && { models }),
    engine: { ...author.engine },
    parents: parents.map((each) => ({ ...each })),
    ...(omitted > 0 && { parentsOmitted: omitted }),
  };
  const links = [
    { label: "input", target: input },
    { label: "calls", target: callsHash },
    { label: "output", target: outputHash },
    ...parents.map(({ hash }) => ({ label: "parent", target: hash })),
    ...context.flatMap(({ hash }) => (hash === undefined ? [] : [{ label: "context", target: hash }])),
  ].slice(0, MAX_LINKS);
  const chain = place(
    order,
    "chain.frozen",
    signAuthored(DOMAINS.chain, body, author.key) as unknown as Payload,
    { seq: 3, prev: outputHash, ts },
    { links, loa: "Observer" },
  );
  return [calls, output, chain];
}

type Payload = CanonRecord["payload"];

function place(
  order: RunOrder,
  kind: Kind,
  payload: Payload,
  position: { seq: number; prev: string; ts: string },
  { links, loa: least }: { links: CanonRecord["links"]; loa: Loa } = { links: [], loa: order.loa },
): CanonRecord {
  const { principal, loa, module, run, decision } = order;
  return completeDraft(
    {
      id: uuidv7(),
      kind,
      space: "user",
      stream: order.inputRecord.stream,
      loa: least,
      author: { principal, loa, module, run, decision },
      links,
      salt: newSalt(),
      payload,
    },
    position,
  );
}

/** Without a trust result nothing was allowed by trust. */
function chainTrust(trust: TrustResult | null): { modelId: string; score: number; allowed: boolean } {
  if (trust === null) return { modelId: "none", score: 0, allowed: false };
  return { modelId: trust.model, score: trust.score, allowed: trust.allowed };
}
