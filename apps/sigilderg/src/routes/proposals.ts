import type { Service } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import type { Admitted } from "../domain/admitted.ts";

/** Witnesses, the quorum and proposals. */
export function proposalRoutes(service: Service<Admitted>): void {
  const unserved = (): never => {
    throw new ProblemError("service-not-ready", "this build does not serve proposals yet");
  };
  service.route("sigilderg GET /v1/witnesses", unserved);
  service.route("sigilderg GET /v1/witnesses/:id", unserved);
  service.route("sigilderg GET /v1/quorum", unserved);
  service.route("sigilderg POST /v1/quorum", unserved);
  service.route("sigilderg POST /v1/proposals", unserved);
  service.route("sigilderg GET /v1/proposals", unserved);
  service.route("sigilderg GET /v1/proposals/:id", unserved);
  service.route("sigilderg POST /v1/proposals/:id/attestations", unserved);
  service.route("sigilderg POST /v1/proposals/:id/withdrawal", unserved);
  service.route("sigilderg POST /v1/proposals/:id/commit", unserved);
}
