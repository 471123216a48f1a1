import { type ServiceClient, type ServiceName, WireError } from "@sigil/wire";
import type { Check } from "../domain/readiness.ts";

type Peer = Exclude<ServiceName, "sigilderg">;

/**
 * Whether a service behind is there, is itself, and is ready. The question goes over proved connections, so a process
 * that squats on the port makes this red, never green. `probed` is told how each probe failed, or `undefined`.
 */
export function peerCheck(client: ServiceClient, peer: Peer, probed: (error: unknown) => void): Check {
  return async () => {
    try {
      // The health rows of the services are the same; the type of one stands for both.
      await client.call(`${peer} GET /readyz` as "mmf GET /readyz", { timeoutMs: 3_000 });
      probed(undefined);
      return undefined;
    } catch (error) {
      probed(error);
      return { code: `${peer}-${fact(error)}`, detail: `${peer}: ${detail(error)}`.slice(0, 512) };
    }
  };
}

const NOT_READY: ReadonlySet<string> = new Set(["peer-not-ready", "peer-response-invalid", "peer-refused"]);

function fact(error: unknown): string {
  if (!(error instanceof WireError)) return "failed";
  if (error.code === "peer-unproved") return "not-believed";
  // An authentic answer that is no success: the service lives, and says itself why it is not ready.
  if (NOT_READY.has(error.code)) return "not-ready";
  return "unreachable";
}

function detail(error: unknown): string {
  if (!(error instanceof WireError)) return "the check failed";
  if (error.code === "peer-not-ready") return error.message.replace(/^.* is not ready: /, "");
  if (fact(error) === "not-ready") return "it answers its own /readyz with something else than readiness";
  return error.code === "peer-unproved" ? "another process answers on its port" : "no answer";
}
