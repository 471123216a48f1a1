import type { ReplayRequest, ReplayResponse, ResponseOf, RunRequest, RunResponse } from "@sigil/wire";
import type { Authority } from "../authority.ts";

/** An admitted run on its way to the module host. `inputRecord` is committed as position 0 of `run/<run>`. */
export type RunOrder = RunRequest;

/**
 * What the module host answers: the effective verdict and `run.calls`, `run.output`, `chain.frozen` as positions 1 to
 * 3 of `run/<run>`.
 */
export type RunAnswer = RunResponse;

export type HostedModule = ResponseOf<"mmf GET /v1/modules">["modules"][number];

/** What the control plane needs of the module host. A refusal or a failure rejects; see `hostFailure`. */
export interface ModuleHost {
  list(authority: Authority): Promise<readonly HostedModule[]>;
  /** `stop` breaks the call off; the host then kills the runner, and rejects. */
  execute(order: RunOrder, grant: string, authority: Authority, stop: AbortSignal): Promise<RunAnswer>;
  /** Executes a recorded run again: nothing of it is forwarded or signed. */
  replay(order: ReplayRequest, authority: Authority, stop: AbortSignal | undefined): Promise<ReplayResponse>;
}
