import { sha256, toHex, utf8 } from "@sigil/crypto";
import { actionRow, HOST_CALLS, type RuleZeroOutput } from "@sigil/policy";
import type { Rehearsal, RehearsalRequest } from "@sigil/wire";
import { runLimits, verifyPackage } from "@sigil/wire/module-package";
import { HostCalls, type RecordedCall } from "../host-calls.ts";
import { checkInput } from "../input-schema.ts";
import { type Module, publisherOf, sourceMap } from "../module.ts";
import { replayRun } from "../replay.ts";
import { inputText } from "../run.ts";
import type { Sandbox, SandboxOutcome } from "../sandbox.ts";
import { authored } from "../stack.ts";
import { judge } from "../verdict.ts";
import { RehearsalWorld } from "./world.ts";

type Order = Extract<RehearsalRequest, { do: "rehearse" }>;

/** The id of every rehearsed run: a module's random numbers follow from it, so a case gets the same ones every time. */
const RUN = "00000000-0000-7000-8000-000000000000";

/** Levels of the host calls' actions, as the built-in table has them. */
const LEVELS = Object.fromEntries(HOST_CALLS.map(({ action }) => [action, actionRow(action).least]));

/**
 * Runs an author's package as a registered one is run: verified, its input held against its schema, in the same sandbox, its
 * calls against its manifest, its output under Rule Zero. What it asks is answered from `world`; nothing is signed and nothing
 * kept. Then runs it once more with the recorded answers, as a replay would.
 * @throws WireError everything of verifyPackage; MmfError input-invalid, runner-queue-full, runner-start-failed
 */
export async function rehearse(sandbox: Sandbox, order: Order, signal?: AbortSignal): Promise<Rehearsal> {
  const files = new Map(Object.entries(order.files).map(([path, text]) => [path, utf8(text)]));
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
    new RehearsalWorld(order.world, order.now, manifest.capabilities),
  );
  const { digest, limits } = manifest;
  const outcome = await sandbox.run({
    run: RUN,
    digest,
    publisher: publisherOf(module),
    code: module.code,
    input: inputText(order.input),
    now: Date.parse(order.now),
    limits,
    call: (seq, method, args) => host.call(seq, method, args),
    ...(signal && { signal }),
  });
  const judgement = judge(authored(outcome, sourceMap(module)), {
    known: host.returned(),
    callsOverflow: host.overflow,
    trustAllowed: true,
    limits,
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
    calls: calls.toSorted((one, other) => one.seq - other.seq),
    usage: { ...outcome.usage, hostCalls: calls.length },
    replay: await replayed(sandbox, module, order, { output, calls, failed: !outcome.ok }, signal),
  };
}

/** Every rehearsal is executed by the engine of this process. */
const ENGINE = { name: "own", version: "own", digest: "own" };

/** The run once more as `sigil run replay` executes one; a run that a limit has ended has no end to repeat. */
async function replayed(
  sandbox: Sandbox,
  module: Module,
  order: Order,
  first: { output: RuleZeroOutput; calls: readonly RecordedCall[]; failed: boolean },
  signal?: AbortSignal,
): Promise<Rehearsal["replay"]> {
  if (first.failed) return { same: true, detail: "a run without an output is not replayed" };
  const { id, digest } = module.manifest;
  const { diverged, replayed: again } = await replayRun(
    { catalog: { take: async () => module }, sandbox, engine: ENGINE },
    {
      run: RUN,
      module: id,
      digest,
      engine: ENGINE.digest,
      input: order.input,
      startedAt: order.now,
      calls: first.calls,
      trustAllowed: true,
      failed: first.failed,
    },
    signal,
  );
  if (diverged !== null) return { same: false, detail: `call ${diverged.call} ${diverged.detail}` };
  const same = JSON.stringify(again?.output) === JSON.stringify(first.output);
  return { same, detail: same ? null : "the output differs byte for byte" };
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
    publisher: publisherOf({ publisher: null }),
    code,
    input: "null",
    now: 0,
    limits: runLimits({}),
    call: async () => ({ ok: false, code: "capability-denied", message: "nothing may be asked here" }),
  });
}
