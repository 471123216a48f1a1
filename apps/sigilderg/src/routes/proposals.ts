import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { commitProposal } from "../domain/quorum/commit.ts";
import { createProposal } from "../domain/quorum/create.ts";
import { enterQuorumMode } from "../domain/quorum/enter.ts";
import { proposalList } from "../domain/quorum/list.ts";
import { proposalDetail, quorumView, witnessDetail, witnessList } from "../domain/quorum/views.ts";
import { attestProposal, withdrawProposal } from "../domain/quorum/vote.ts";

/** Witnesses, the quorum, and the life of proposals. */
export function proposalRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/witnesses", () => ({ json: witnessList(plane) }));

  service.route("sigilderg GET /v1/witnesses/:id", ({ params }) => ({
    json: witnessDetail(plane, params.id),
  }));

  service.route("sigilderg GET /v1/quorum", () => ({ json: quorumView(plane) }));

  service.route("sigilderg POST /v1/quorum", async ({ admitted, body }) => ({
    status: 201,
    json: await enterQuorumMode(plane, admitted, body),
  }));

  service.route("sigilderg POST /v1/proposals", async ({ admitted, body }) => ({
    status: 201,
    json: await createProposal(plane, admitted, body),
  }));

  service.route("sigilderg GET /v1/proposals", ({ query }) => ({ json: proposalList(plane, query) }));

  service.route("sigilderg GET /v1/proposals/:id", async ({ admitted, params }) => ({
    json: await proposalDetail(plane, params.id, admitted.caller.principal),
  }));

  service.route("sigilderg POST /v1/proposals/:id/attestations", async ({ admitted, params, body }) => ({
    status: 201,
    json: await attestProposal(plane, admitted, params.id, body),
  }));

  service.route("sigilderg POST /v1/proposals/:id/withdrawal", async ({ admitted, params, body }) => ({
    status: 201,
    json: await withdrawProposal(plane, admitted, params.id, body.reason),
  }));

  service.route("sigilderg POST /v1/proposals/:id/commit", async ({ admitted, params }) => ({
    status: 201,
    json: await commitProposal(plane, admitted, params.id),
  }));
}
