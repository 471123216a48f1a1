import type { Json } from "@sigil/canon";
import { actionRow, HOST_CALLS, type Verdict } from "@sigil/policy";
import { readManifest } from "@sigil/wire/module-package";
import { HostCalls } from "../../../src/domain/host-calls.ts";
import type { HostDoor } from "../../../src/domain/host-door.ts";
import { runLimits } from "../../../src/domain/limits.ts";
import type { RunCode, SandboxOutcome } from "../../../src/domain/sandbox.ts";
import { judge } from "../../../src/domain/verdict.ts";
import type { RunnerPool } from "../../../src/sandbox/pool.ts";
import { manifestOf } from "../../package-folder.ts";
import { guestRun, moduleRun } from "../guest.ts";
import { type Attack, HOST_RESULT } from "./attack.ts";

const capabilities = [
  { name: "memory.write", scope: {} },
  { name: "memory.list", scope: {} },
];
const levels = Object.fromEntries(HOST_CALLS.map(({ action }) => [action, actionRow(action).least]));
/** Of each attack another limit, so that no machine is too slow to reach the one that it is about. */
const ROOM = { cpuMs: 5_000, wallMs: 60_000 };

export interface Attempt {
  outcome: SandboxOutcome;
  /** What Rule Zero made of it. */
  ended: RunCode | "done";
  verdict: Verdict;
  reasons: string;
  /** What the module answered, of an attack that is judged by it. */
  output: Json | undefined;
}

/** Lets an attack loose: the real pool, dispatcher and Rule Zero; of SigilDERG no more than its answers. */
export async function attempt(pool: RunnerPool, attack: Attack): Promise<Attempt> {
  const caller = new AbortController();
  const door: HostDoor = {
    async call() {
      if (attack.callerLeaves) caller.abort();
      const result: Json =
        attack.host === undefined ? (HOST_RESULT as unknown as Json) : await attack.host(pool.pids);
      return { ok: true, result };
    },
  };
  const limits = runLimits({ ...ROOM, ...attack.limits });
  const settings = { limits, signal: caller.signal };
  const run = attack.code.includes("export ")
    ? moduleRun(attack.code, settings)
    : guestRun(attack.code, settings);
  const manifest = readManifest(
    new TextEncoder().encode(JSON.stringify(manifestOf(run.code, { capabilities }))),
  );
  const host = new HostCalls(
    { run: run.run, manifest, granted: capabilities, loa: "Operator", levels, limits, grant: "" },
    door,
  );
  const outcome = await pool.run({ ...run, call: (seq, method, args) => host.call(seq, method, args) });
  const judged = judge(outcome, {
    known: host.returned(),
    callsOverflow: host.overflow,
    trustAllowed: true,
    limits,
  });
  // An attack whose output is a finding, and not one of Rule Zero's, is judged by that output.
  const finding = outcome.ok && attack.ends === "done" && attack.verdict === undefined;
  return {
    outcome,
    ended: finding ? "done" : (judged.code ?? "done"),
    verdict: judged.verdict,
    reasons: JSON.stringify(judged.reasons),
    output: outcome.ok && attack.output !== undefined ? (JSON.parse(outcome.output) as Json) : undefined,
  };
}
