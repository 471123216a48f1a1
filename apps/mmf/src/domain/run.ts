import { canonicalize, type Json, KINDS } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { type EngineIdentity, freezeChain } from "./chain.ts";
import { MmfError } from "./error.ts";
import { HostCalls } from "./host-calls.ts";
import type { HostDoor } from "./host-door.ts";
import { checkInput } from "./input-schema.ts";
import type { RunLimits } from "./limits.ts";
import { type Module, type ModuleSource, publisherOf, sourceMap } from "./module.ts";
import type { RunAnswer, RunGrant, RunOrder } from "./order.ts";
import type { Sandbox, SandboxOutcome } from "./sandbox.ts";
import { authored } from "./stack.ts";
import { judge } from "./verdict.ts";

export interface RunParts {
  catalog: ModuleSource;
  sandbox: Sandbox;
  door: HostDoor;
  key: SigningKey;
  engine: EngineIdentity;
  /** RFC 3339 with milliseconds. */
  now: () => string;
}

/**
 * Runs a module and freezes what came of it. Whatever the module does there is an answer with three records; an error is
 * thrown only for an order that must not run at all.
 * @throws MmfError module-unknown, module-digest-mismatch, grant-mismatch, input-record-mismatch, input-invalid,
 * runner-queue-full, runner-start-failed
 */
export async function executeRun(
  parts: RunParts,
  order: RunOrder,
  grant: RunGrant,
  signal?: AbortSignal,
): Promise<RunAnswer> {
  const module = await parts.catalog.take(order.module, order.digest);
  requireGrant(order, grant);
  requireInputRecord(order);
  checkInput(module.manifest.input, order.input);
  const limits = grantedLimits(module.manifest.limits, grant, Date.parse(parts.now()));
  const host = new HostCalls(
    {
      run: order.run,
      manifest: module.manifest,
      granted: grant.capabilities,
      loa: order.loa,
      levels: grant.levels,
      limits,
      grant: grant.header,
      ...(signal && { signal }),
    },
    parts.door,
  );
  const outcome = await runModule(parts, module, order, { limits, until: grant.exp * 1000 }, host, signal);
  const judgement = judge(authored(outcome, sourceMap(module)), {
    known: host.returned(),
    callsOverflow: host.overflow,
    trustAllowed: order.trust?.allowed ?? false,
    limits,
  });
  const calls = host.account();
  const records = freezeChain(order, judgement, calls, parts);
  return {
    status: judgement.status,
    ...(judgement.code !== undefined && { code: judgement.code }),
    output: judgement.output,
    verdict: judgement.verdict,
    records,
    usage: { ...outcome.usage, hostCalls: calls.length },
  };
}

async function runModule(
  parts: RunParts,
  module: Module,
  order: RunOrder,
  bounds: { limits: RunLimits; until: number },
  host: HostCalls,
  signal: AbortSignal | undefined,
): Promise<SandboxOutcome> {
  return await parts.sandbox.run({
    run: order.run,
    digest: module.manifest.digest,
    publisher: publisherOf(module),
    code: module.code,
    input: inputText(order.input),
    now: Date.parse(order.startedAt),
    ...bounds,
    call: (seq, method, args) => host.call(seq, method, args),
    ...(signal && { signal }),
  });
}

/** The grant is for exactly this order: one that was minted for another run, module or caller is worth nothing here. */
function requireGrant(order: RunOrder, grant: RunGrant): void {
  const pairs: [name: string, granted: string, ordered: string][] = [
    ["run", grant.run, order.run],
    ["decision", grant.decision, order.decision],
    ["principal", grant.principal, order.principal],
    ["loa", grant.loa, order.loa],
    ["moduleDigest", grant.moduleDigest, order.digest],
  ];
  for (const [name, granted, ordered] of pairs) {
    if (granted !== ordered) {
      throw new MmfError("grant-mismatch", `the grant's ${name} is ${granted}, the order's is ${ordered}`);
    }
  }
}

/** The chain will cite this record by hash, so it must be the record of this run and hold what runs. */
function requireInputRecord(order: RunOrder): void {
  const { inputRecord: record } = order;
  const { module, digest, input } = record.payload;
  const facts: [name: string, holds: boolean][] = [
    ["kind", record.kind === "run.input"],
    ["stream", record.stream === `run/${order.run}`],
    ["place", record.seq === 0 && record.prev === null],
    ["author", record.author.principal === order.principal && record.author.run === order.run],
    ["module", module === order.module && digest === order.digest],
    ["input", input !== undefined && sameJson(input, order.input)],
  ];
  for (const [name, holds] of facts) {
    if (!holds)
      throw new MmfError("input-record-mismatch", `the input record's ${name} is not that of the order`);
  }
}

/** Equal in RFC 8785: the order of keys is nobody's statement. */
function sameJson(a: Json, b: Json): boolean {
  return inputText(a) === inputText(b);
}

/** An input as the guest reads it: in RFC 8785, as its record keeps it, so that a replay gives it the same text. */
export function inputText(input: Json): string {
  return canonicalize(input, { maxBytes: KINDS["run.input"].maxBytes });
}

/** The least of what the manifest asks for, the host allows and the grant gives; no run outlives its grant. */
function grantedLimits(limits: RunLimits, { quotas, exp }: RunGrant, now: number): RunLimits {
  return {
    ...limits,
    cpuMs: Math.min(limits.cpuMs, quotas.cpuMs),
    wallMs: Math.max(1, Math.min(limits.wallMs, quotas.wallMs, exp * 1000 - now)),
    memoryBytes: Math.min(limits.memoryBytes, quotas.memoryBytes),
    hostCalls: Math.min(limits.hostCalls, quotas.hostCalls),
  };
}
