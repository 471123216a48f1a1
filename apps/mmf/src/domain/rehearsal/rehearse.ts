import { canonicalize, type Json, parseJson } from "@sigil/canon";
import { sha256, toHex, utf8 } from "@sigil/crypto";
import { actionRow, HOST_CALLS } from "@sigil/policy";
import type { Rehearsal, RehearsalRequest } from "@sigil/wire";
import { verifyPackage } from "@sigil/wire/module-package";
import { HostCalls, type RecordedCall } from "../host-calls.ts";
import { checkInput } from "../input-schema.ts";
import { runLimits } from "../limits.ts";
import type { Module } from "../module.ts";
import type { CallOutcome, Sandbox, SandboxOutcome } from "../sandbox.ts";
import { authored } from "../stack.ts";
import { judge } from "../verdict.ts";
import { RehearsalWorld } from "./world.ts";

type Order = Extract<RehearsalRequest, { do: "rehearse" }>;

/** The id of every rehearsed run: a module's random numbers follow from it, so a case gets the same ones every time. */
const RUN = "00000000-0000-7000-8000-000000000000";

/** One author rehearses at a time: a started runner serves whatever package it is. */
const AUTHOR = "author";

/** Levels of the host calls' actions, as the built-in table has them. */
const LEVELS = Object.fromEntries(HOST_CALLS.map(({ action }) => [action, actionRow(action).least]));

/**
 * Runs an author's package as a registered one is run: verified, its input held against its schema, in the same sandbox, its
 * calls against its manifest, its output under Rule Zero. What it asks is answered from `world`; nothing is signed and nothing
 * kept. Then runs it once more with the recorded answers, as a replay would.
 * @throws WireError everything of verifyPackage; MmfError input-invalid, runner-queue-full, runner-start-failed
 */
export async function rehearse(sandbox: Sandbox, order: Order, signal?: AbortSignal): Promise<Rehearsal> {
  const files = new Map(Object.entries(order.files).map(([path, text]) => [path, Buffer.from(text)]));
  const module = verifyPackage(files, { unsigned: "accept" });
  const { manifest } = module;
  checkInput(manifest.input, order.input);
  const host = new HostCalls(
    {
      run: RUN,
      manifest,
      granted: manifest.capabilities,
      loa: order.loa,
      levels: LEVELS,
      limits: manifest.limits,
      grant: "",
      ...(signal && { signal }),
    },
    new RehearsalWorld(order.world, order.now),
  );
  const outcome = await run(sandbox, module, order, (...call) => host.call(...call), signal);
  const judgement = judge(authored(outcome, order.files[`${manifest.entry}.map`]), {
    known: host.returned(),
    callsOverflow: host.overflow,
    trustAllowed: true,
    limits: manifest.limits,
  });
  const calls = host.account();
  const { status, code, verdict, moduleVerdict, reasons, output } = judgement;
  return {
    status,
    ...(code !== undefined && { code }),
    verdict,
    moduleVerdict,
    reasons,
    output,
    calls,
    usage: { ...outcome.usage, hostCalls: calls.length },
    replay: await replayed(sandbox, module, order, { outcome, calls }, signal),
  };
}

async function run(
  sandbox: Sandbox,
  { manifest, code }: Module,
  order: Order,
  call: (seq: number, method: string, args: string) => Promise<CallOutcome>,
  signal?: AbortSignal,
): Promise<SandboxOutcome> {
  return await sandbox.run({
    run: RUN,
    digest: manifest.digest,
    publisher: AUTHOR,
    code,
    input: JSON.stringify(order.input),
    now: Date.parse(order.now),
    limits: manifest.limits,
    call,
    ...(signal && { signal }),
  });
}

/** A run that ended by itself, once more from its recorded calls: it must ask the same and say the same. */
async function replayed(
  sandbox: Sandbox,
  module: Module,
  order: Order,
  first: { outcome: SandboxOutcome; calls: readonly RecordedCall[] },
  signal?: AbortSignal,
): Promise<Rehearsal["replay"]> {
  if (!first.outcome.ok) return { same: true, detail: "a run without an output is not replayed" };
  let diverged: string | undefined;
  const again = await run(
    sandbox,
    module,
    order,
    async (seq, method, text) => {
      const recorded = first.calls[seq];
      const asks = parseJson(text) as Json;
      if (recorded?.method !== method || canonicalize(recorded.args) !== canonicalize(asks))
        diverged ??= `call ${seq} asks ${method}, which is not what was asked before`;
      if (recorded?.error !== undefined)
        return { ok: false, code: recorded.error.code, message: recorded.error.detail };
      return { ok: true, result: JSON.stringify(recorded?.result ?? null) };
    },
    signal,
  );
  if (diverged === undefined && (!again.ok || again.output !== first.outcome.output))
    diverged = again.ok ? "the output differs byte for byte" : `it ended with ${again.code}`;
  return { same: diverged === undefined, detail: diverged ?? null };
}

/**
 * What `run` of a module's code returns, in a guest that may do nothing: how a build reads a declaration without running an
 * author's code outside the sandbox.
 * @throws MmfError runner-queue-full, runner-start-failed
 */
export async function evaluate(sandbox: Sandbox, code: string): Promise<SandboxOutcome> {
  return await sandbox.run({
    run: RUN,
    digest: `sha256:${toHex(sha256(utf8(code)))}`,
    publisher: AUTHOR,
    code,
    input: "null",
    now: 0,
    limits: runLimits({}),
    call: async () => ({ ok: false, code: "capability-denied", message: "nothing may be asked here" }),
  });
}
