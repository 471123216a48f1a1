import { type RequestInputOf, type ServiceClient, WireError } from "@sigil/wire";
import type { HostAnswer, HostDoor } from "../domain/host-door.ts";
import { PATIENCE } from "../domain/limits.ts";

const ROUTE = "sigilderg POST /v1/host/:call";

/** A host call may not outlive the patience of a run. Milliseconds. */
const CALL_MS = 10_000;
/** What is waited for longer than a run may spend in it: the run's own end is to come first. Milliseconds. */
const PATIENT_CALL_MS = PATIENCE.ms + 3_000;
/** Longest detail of a refusal that reaches a module and `run.calls`. UTF-16 units. */
const MAX_DETAIL = 1_000;

/** Host calls over the wire: this service's own envelope and the run's grant. SigilDERG decides. */
export class SigilDergDoor implements HostDoor {
  readonly #client: ServiceClient;

  constructor(client: ServiceClient) {
    this.#client = client;
  }

  async call(
    method: string,
    body: RequestInputOf<typeof ROUTE>,
    grant: string,
    signal?: AbortSignal,
  ): Promise<HostAnswer> {
    try {
      const { result } = await this.#client.call(ROUTE, {
        params: { call: method },
        body,
        grant,
        signal,
        timeoutMs: PATIENCE.calls.has(method) ? PATIENT_CALL_MS : CALL_MS,
      });
      return { ok: true, result };
    } catch (error) {
      // A problem's detail is written for the wire; of any other failure a module learns only that there was one.
      if (error instanceof WireError && error.problem !== undefined) {
        const { code, detail } = error.problem;
        return { ok: false, code, message: detail.slice(0, MAX_DETAIL) };
      }
      return { ok: false, code: "control-plane-unavailable", message: "the host call could not be decided" };
    }
  }
}
