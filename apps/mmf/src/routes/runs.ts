import type { VerifyKey } from "@sigil/crypto";
import type { Handler } from "@sigil/service";
import { ProblemError, verifyGrant } from "@sigil/wire";
import { replayRun } from "../domain/replay.ts";
import { executeRun, type RunParts } from "../domain/run.ts";
import { withProblems } from "./problem.ts";

export interface RunRouteParts extends RunParts {
  /** SigilDERG's service key: it alone mints grants. */
  grantKey: VerifyKey;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

/**
 * `POST /v1/runs`: executes an admitted run. The run ends with its caller: when the connection closes, the runner is killed.
 */
export function executeRuns(parts: RunRouteParts): Handler<"mmf POST /v1/runs", undefined> {
  return async ({ body, grant, envelope, signal, log }) => {
    const now = parts.clock();
    const granted = verifyGrant(grant, parts.grantKey, { now, holder: parts.key.kid });
    if (envelope.ctx?.run !== undefined && envelope.ctx.run !== body.run) {
      throw new ProblemError("body-invalid", "the order is for another run than the envelope's ctx");
    }
    const answer = await withProblems(() => executeRun(parts, body, { ...granted, header: grant }, signal));
    const { status, code, verdict, usage } = answer;
    log.info({ run: body.run, module: body.module, status, code, verdict, usage }, "run ended");
    return { json: answer };
  };
}

/** `POST /v1/replays`: executes a recorded run again, from its recorded calls. It ends with its caller as a run does. */
export function replayRuns(
  parts: Pick<RunParts, "catalog" | "sandbox" | "engine">,
): Handler<"mmf POST /v1/replays", undefined> {
  return async ({ body, signal, log }) => {
    const answer = await withProblems(() => replayRun(parts, body, signal));
    const { diverged, usage } = answer;
    log.info({ run: body.run, module: body.module, diverged, usage }, "run replayed");
    return { json: answer };
  };
}
