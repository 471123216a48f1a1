import { type CanonRecord, canonicalize, KINDS, type Kind } from "@sigil/canon";
import {
  chainParents,
  citedContext,
  effectiveVerdict,
  isRunFault,
  modelsAsked,
  refsReturned,
} from "@sigil/policy";
import { WireError } from "../error.ts";
import type { ChainBody } from "../payload/authored.ts";
import { checkPayload, type PayloadKind, type PayloadOf } from "../payload/check.ts";
import { CHAIN_STEPS, type ChainReport, type ChainStep, type ChainStepName } from "./report.ts";

/** A record whose hash, signatures and place in the log were verified before, as a bundle's report says. */
export interface ProvedRecord {
  readonly index: number;
  readonly rh: string;
  readonly record: CanonRecord;
}

/** What a step found: a sentence where it holds, `absent` where what it needs is not there. */
type Finding = string | { readonly absent: string };
class Fails extends Error {}

/** What every step asks: the chain, its body, and what lies beside it. */
interface Asked {
  readonly chain: ProvedRecord;
  readonly body: ChainBody;
  readonly byHash: ReadonlyMap<string, ProvedRecord>;
  readonly all: readonly ProvedRecord[];
}

/**
 * Holds a frozen chain against the records that it cites: each is what the chain says, the context is what host calls of the
 * run returned, and verdict, reasons and parents are what Rule Zero makes of it all. Hashes and signatures were checked
 * before. What is not there is said, and nothing is concluded from it.
 */
export function checkChain(chain: ProvedRecord, all: readonly ProvedRecord[]): ChainReport {
  const steps: ChainStep[] = [];
  const asked = {
    ...{ chain, all },
    body: chain.record.payload.body as unknown as ChainBody,
    byHash: new Map(all.map((each) => [each.rh, each])),
  };
  for (const name of CHAIN_STEPS) {
    const step = made(name, asked);
    steps.push(step);
    // Without a chain that can be read there is nothing to ask the rest of.
    if (name === "frame" && step.state === "fails") break;
  }
  const failed = steps.find(({ state }) => state === "fails")?.name;
  const whole = steps.every(({ state }) => state === "holds");
  return {
    ...{ run: String(asked.body?.run), record: chain.record.id, hash: chain.rh },
    verdict: failed !== undefined ? "refused" : whole ? "holds" : "incomplete",
    ...(failed !== undefined && { failed }),
    steps,
  };
}

/** {@link checkChain} of every chain among the records, in the order of the log. */
export function checkChains(all: readonly ProvedRecord[]): ChainReport[] {
  return all
    .filter(({ record }) => record.kind === "chain.frozen")
    .toSorted((a, b) => a.index - b.index)
    .map((chain) => checkChain(chain, all));
}

function made(name: ChainStepName, asked: Asked): ChainStep {
  try {
    const found = STEPS[name](asked);
    if (typeof found === "string") return { name, state: "holds", detail: found };
    return { name, state: "absent", detail: found.absent };
  } catch (error) {
    if (!(error instanceof Fails || error instanceof WireError)) throw error;
    return { name, state: "fails", detail: error.message };
  }
}

const STEPS: Readonly<Record<ChainStepName, (asked: Asked) => Finding>> = {
  frame({ chain: { record } }) {
    const { body } = checkPayload("chain.frozen", record.payload);
    const { run, chainId, audit, scope } = body;
    const { author } = record;
    same("stream", record.stream, `run/${run}`);
    same("run of its author", author.run, run);
    same("principal", author.principal, scope.principal);
    same("module", author.module, scope.moduleId);
    same("run of its scope", scope.runId, run);
    same("id in its audit", audit.chainId, chainId);
    same("session", audit.sessionId, scope.sessionId);
    return `the chain of run ${run} of ${scope.moduleId}, for ${scope.principal}`;
  },
  input(asked) {
    const { scope } = asked.body;
    return cited(asked, "input", "run.input", ({ module, digest }) => {
      same("module of the input", module, scope.moduleId);
      same("digest of the input", digest, scope.moduleDigest);
    });
  },
  calls: (asked) => cited(asked, "calls", "run.calls"),
  output: (asked) => cited(asked, "output", "run.output"),
  context({ body, byHash, all, chain }) {
    let there = 0;
    for (const { ref, hash } of body.context) {
      const found = hash === undefined ? all.find(({ record }) => record.id === ref) : byHash.get(hash);
      if (found === undefined) {
        const other = all.find(({ record }) => record.id === ref);
        if (other !== undefined)
          throw new Fails(`${ref} has the hash ${other.rh}, and the chain cites ${hash}`);
        continue;
      }
      same("id of a cited record", found.record.id, ref);
      if (hash === undefined) {
        const { author, links } = found.record;
        same(`run that wrote ${ref}`, author.run, body.run);
        if (!links.some(({ target }) => target === chain.rh))
          throw new Fails(`${ref} is not linked to this chain, whose run wrote it`);
      }
      there += 1;
    }
    return counted(there, body.context.length, "cited records");
  },
  provenance(asked) {
    const calls = callsOf(asked);
    if (calls === undefined) return { absent: "without run.calls nobody knows what host calls returned" };
    const known = refsReturned(calls);
    for (const { ref, hash } of asked.body.context) {
      const returned = known.get(ref);
      if (returned === undefined) throw new Fails(`no host call of the run returned ${ref}`);
      same(`hash under which ${ref} was returned`, returned.hash, hash);
    }
    if (!sameJson(asked.body.models ?? [], modelsAsked(calls)))
      throw new Fails("the models are not those that answered in the run");
    return `all ${asked.body.context.length} references came from ${calls.length} host calls of the run`;
  },
  "rule-zero": ruleZero,
  parents(asked) {
    const { body, byHash, chain } = asked;
    let there = 0;
    for (const { run, hash } of body.parents) {
      const parent = byHash.get(hash);
      if (parent === undefined) continue;
      same("kind of a parent", parent.record.kind, "chain.frozen");
      same("stream of a parent", parent.record.stream, `run/${run}`);
      if (parent.index >= chain.index) throw new Fails(`the parent ${hash} comes after the chain in the log`);
      there += 1;
    }
    const calls = callsOf(asked);
    if (calls === undefined) return counted(there, body.parents.length, "parents");
    const named = new Set(body.parents.map(({ hash }) => hash));
    const missing = chainParents([], body.context, calls).parents.find(({ hash }) => !named.has(hash));
    if (missing !== undefined && body.parentsOmitted === undefined)
      throw new Fails(`the run read what run ${missing.run} wrote, and does not name its chain as a parent`);
    return counted(there, body.parents.length, "parents");
  },
  decision(asked) {
    const { decision: id } = asked.chain.record.author;
    const found = asked.all.find(({ record }) => record.kind === "decision" && record.author.decision === id);
    if (found === undefined) return { absent: "the decision that admitted the run is not here" };
    const { body } = checkPayload("decision", found.record.payload);
    const { scope, trust, audit } = asked.body;
    same("decision's id", body.id, id);
    same("decided action", body.action, "module.run");
    same("decision's verdict", body.verdict, "allow");
    same("decision's principal", body.principal, scope.principal);
    same("decision's level", body.loa, audit.loa);
    const said = body.trust;
    same("trust that was found", said?.allowed ?? false, trust.allowed);
    same("score that was found", said?.score ?? 0, trust.score);
    same("model that was asked", said?.model ?? "none", trust.modelId);
    return `admitted by decision ${body.id}`;
  },
  outcome(asked) {
    const { record } = asked.chain;
    const found = asked.all.find(
      (each) =>
        each.record.kind === "decision.outcome" && each.record.author.decision === record.author.decision,
    );
    if (found === undefined) return { absent: "the outcome of the run is not here" };
    const { body } = checkPayload("decision.outcome", found.record.payload);
    if (!body.effects.some(({ id }) => id === record.id))
      throw new Fails("the outcome does not bind this chain");
    if (body.status === "done") same("verdict of a run that is done", asked.body.verdict, "Allow");
    return `the run is ${body.status}`;
  },
};

/** One of the three records of the run that a chain cites by hash. */
function cited<K extends "run.input" | "run.calls" | "run.output">(
  { body, byHash, chain }: Asked,
  field: "input" | "calls" | "output",
  kind: K,
  check: (payload: PayloadOf<K>) => void = () => {},
): Finding {
  const found = byHash.get(body[field]);
  if (found === undefined) return { absent: `${kind} is not here: it was erased, or is not yours to have` };
  same(`kind of the ${field}`, found.record.kind, kind);
  same(`stream of the ${field}`, found.record.stream, chain.record.stream);
  check(checkPayload(kind, found.record.payload));
  return `${kind} hashes to what the chain says`;
}

/** Asks Rule Zero again, as far as output and calls are there to be asked about. */
function ruleZero(asked: Asked): Finding {
  const { body } = asked;
  const codes = body.reasons.map(({ code }) => code);
  const error = body.moduleVerdict === null ? codes.find(isRunFault) : undefined;
  const output = payloadOf(asked, body.output, "run.output");
  const calls = callsOf(asked);
  let refsOk = !codes.includes("ref-unknown");
  if (output !== undefined && body.moduleVerdict !== null)
    same("module's verdict", output.verdict, body.moduleVerdict);
  if (output !== undefined && body.moduleVerdict === null)
    same("verdict of an output that says what failed", output.verdict, "ManualReview");
  if (output !== undefined && calls !== undefined) {
    const found = citedContext(output.context, refsReturned(calls));
    refsOk = found.refsOk;
    if (!sameJson(found.cited, body.context))
      throw new Fails("the context is not what the output cites of the calls");
  }
  const { verdict, reasons } = effectiveVerdict({
    ...{ module: body.moduleVerdict, refsOk, trustAllowed: body.trust.allowed },
    ...(error !== undefined && { error }),
  });
  same("verdict", body.verdict, verdict);
  if (!sameJson(reasons, body.reasons)) throw new Fails("the reasons are not those of Rule Zero");
  const sentence = `Rule Zero comes to ${verdict} (module: ${body.moduleVerdict ?? "none"})`;
  if (output !== undefined && calls !== undefined) return sentence;
  return { absent: `${sentence}, by what the chain itself says` };
}

function payloadOf<K extends PayloadKind & Kind>(
  { byHash }: Asked,
  hash: string,
  kind: K,
): PayloadOf<K> | undefined {
  const found = byHash.get(hash);
  return found?.record.kind === kind ? checkPayload(kind, found.record.payload) : undefined;
}

function callsOf(asked: Asked) {
  return payloadOf(asked, asked.body.calls, "run.calls")?.calls;
}

function counted(there: number, of: number, what: string): Finding {
  if (there === of) return of === 0 ? `it has no ${what}` : `all ${of} ${what} are what the chain says`;
  return { absent: `${there} of ${of} ${what} are here, and are what the chain says` };
}

function same(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Fails(`the ${what} is ${String(found)}, expected ${String(expected)}`);
}

function sameJson(a: unknown, b: unknown): boolean {
  const limits = { maxBytes: KINDS["chain.frozen"].maxBytes };
  return canonicalize(a, limits) === canonicalize(b, limits);
}
