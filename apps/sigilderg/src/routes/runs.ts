import type { Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { replayRun } from "../domain/runs/replays.ts";
import { decideReview } from "../domain/runs/review-decision.ts";
import { listReviews, showReview } from "../domain/runs/reviews.ts";
import { listRuns } from "../domain/runs/run-list.ts";
import { viewRun } from "../domain/runs/run-view.ts";

/** What is done with runs once they are ordered: to be seen, stopped, executed again, and decided when they are held. */
export function runRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg GET /v1/runs", async ({ admitted, query }) => ({
    json: await listRuns(plane, query, authorityOf(admitted.made)),
  }));

  service.route("sigilderg POST /v1/runs/:id/cancel", async ({ admitted, params }) => ({
    json: await plane.runs.cancel(admitted.made, params.id),
  }));

  service.route("sigilderg POST /v1/runs/:id/replay", async ({ admitted, params, signal }) => ({
    json: await replayRun(plane, admitted.made, params.id, signal),
  }));

  service.route("sigilderg GET /v1/runs/:id", async ({ admitted, params }) => ({
    json: await viewRun(plane, params.id, authorityOf(admitted.made)),
  }));

  service.route("sigilderg GET /v1/reviews", async ({ admitted, query }) => ({
    json: await listReviews(plane, admitted.made, query),
  }));

  service.route("sigilderg GET /v1/reviews/:id", async ({ admitted, params }) => ({
    json: await showReview(plane, admitted.made, params.id),
  }));

  service.route("sigilderg POST /v1/reviews/:id/decision", async ({ admitted, params, body, signal }) => ({
    json: await decideReview(plane, admitted.made, params.id, body, {
      stillGood: admitted.stillGood,
      signal,
    }),
  }));
}
