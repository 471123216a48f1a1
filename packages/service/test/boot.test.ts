import { ROUTES, type RouteId, type RouteRow, routeId } from "@sigil/wire";
import { afterEach, describe, expect, it } from "vitest";
import { createService } from "../src/http/service.ts";
import { CONFIG, newService, OWNERS, REGISTRY, recordingLogger } from "./fixtures.ts";

function bare(name: "sigilderg" | "mmf" | "codex-nexus" = "mmf") {
  const { logger } = recordingLogger();
  const keys = { channel: OWNERS[name].channel, registry: REGISTRY };
  return createService({
    name,
    version: "0.1.0",
    config: CONFIG,
    keys,
    logger,
    readiness: () => ({ ready: true, reasons: [] }),
  });
}
const reply = () => ({ json: {} as never });

describe("a service with a hole does not start", () => {
  const rows = ROUTES as unknown as (RouteRow & { action: string })[];
  const row = rows.find((candidate) => routeId(candidate) === "mmf POST /v1/runs");
  const action = row?.action ?? "";
  afterEach(() => {
    if (row !== undefined) row.action = action;
  });

  it("route-unhandled: a row of the table has no handler", () => {
    expect(() => bare().assertComplete()).toThrow(
      expect.objectContaining({
        code: "route-unhandled",
        message: expect.stringContaining("mmf POST /v1/runs"),
      }),
    );
  });
  it("route-unmapped: a handler for a route that the table does not have", () => {
    expect(() => bare().route("mmf POST /v1/backdoor" as RouteId, reply)).toThrow(
      expect.objectContaining({ code: "route-unmapped" }),
    );
  });
  it("route-unmapped: a handler for another service's route", () => {
    expect(() => bare().route("codex-nexus POST /v1/records", reply)).toThrow(
      expect.objectContaining({ code: "route-unmapped" }),
    );
  });
  it("route-unmapped: a licensed route in a service that admits nobody", () => {
    expect(() => bare("sigilderg").route("sigilderg GET /v1/modules", reply)).toThrow(
      expect.objectContaining({ code: "route-unmapped" }),
    );
  });
  it("route-duplicate: two handlers for one route", () => {
    const service = bare().route("mmf POST /v1/runs", reply);
    expect(() => service.route("mmf POST /v1/runs", reply)).toThrow(
      expect.objectContaining({ code: "route-duplicate" }),
    );
  });
  it("action-unmapped: a row whose action has no row in the action table", () => {
    expect(row).toBeDefined();
    if (row !== undefined) row.action = "nope.nope";
    expect(() => bare().route("mmf POST /v1/runs", reply)).toThrow(
      expect.objectContaining({ code: "action-unmapped" }),
    );
  });
  it("every row of every service has an action in the action table", () => {
    for (const name of ["sigilderg", "mmf", "codex-nexus"] as const) {
      expect(() => newService(name).service.assertComplete()).not.toThrow();
    }
    expect(new Set((ROUTES as readonly RouteRow[]).map(routeId)).size).toBe(ROUTES.length);
  });
});
