import { KINDS } from "@sigil/canon";
import { describe, expect, it } from "vitest";
import { ENVELOPE_CODES, GRANT_CODES, WireError } from "../src/error.ts";
import { checkPayload, PAYLOADS } from "../src/payload/check.ts";
import { toProblem } from "../src/problem/convert.ts";
import { ProblemError } from "../src/problem/error.ts";
import { problem } from "../src/problem/schema.ts";
import { PROBLEMS, type ProblemCode } from "../src/problem/table.ts";
import { routeId, routePath } from "../src/route.ts";
import { ROUTES, type RouteRow } from "../src/routes.ts";
import { codeThrownBy, thrownBy } from "./fixtures.ts";

const rows: readonly RouteRow[] = ROUTES;

describe("the route table", () => {
  it("has one row per service, method and path", () => {
    expect(new Set(rows.map(routeId)).size).toBe(rows.length);
  });
  it("leaves nothing of MMF and Codex Nexus open but health, readiness, version and the challenge", () => {
    const open = rows
      .filter((row) => row.service !== "sigilderg" && row.auth === "none")
      .map((row) => row.path);
    expect(new Set(open)).toEqual(
      new Set(["/healthz", "/readyz", "/version", "/.well-known/sigil-instance"]),
    );
  });
  it("lets only SigilDERG's key into MMF and Codex Nexus", () => {
    const inner = rows.filter((row) => row.service !== "sigilderg" && row.auth !== "none");
    expect(inner.length).toBeGreaterThan(0);
    for (const row of inner) expect(row.roles).toEqual(["sigilderg"]);
  });
  it("bounds the body of every route, and gives a schema to every route with a body", () => {
    for (const row of rows) {
      expect([routeId(row), row.maxBytes > 0]).toEqual([routeId(row), row.request !== undefined]);
      expect(row.maxBytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    }
  });
  it("has a schema for every path parameter", () => {
    for (const row of rows)
      expect([routeId(row), row.params !== undefined]).toEqual([routeId(row), row.path.includes(":")]);
  });
  it("encodes path parameters, so that no value becomes another path", () => {
    const path = routePath("sigilderg GET /v1/memory/:id", { id: "../x/y?z" });
    expect(path).toBe("/v1/memory/..%2Fx%2Fy%3Fz");
    expect(codeThrownBy(() => routePath("sigilderg GET /v1/memory/:id"))).toBe("route-unknown");
    expect(codeThrownBy(() => routePath("sigilderg GET /v2/nothing"))).toBe("route-unknown");
  });
});

describe("the problem table", () => {
  it("makes of every code an RFC 9457 problem with a 4xx or 5xx status, a title and a remedy", () => {
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      const body = toProblem(new ProblemError(code, "what happened"));
      expect(problem.parse(body)).toMatchObject({
        type: `urn:sigil:problem:${code}`,
        code,
        detail: "what happened",
      });
      expect(body.remedy.length).toBeGreaterThan(10);
    }
  });
  it("answers every envelope and grant refusal under its own name", () => {
    for (const code of [...ENVELOPE_CODES, ...GRANT_CODES]) {
      expect(toProblem(new WireError(code, "x")).code).toBe(code);
    }
  });
  it.each([
    ["an Error", new Error("/home/alice/secret: ENOENT")],
    ["a TypeError", new TypeError("cannot read properties of undefined (reading 'key')")],
    ["a string", "secret"],
    ["an object", { code: "licence-expired", secret: 1 }],
    ["undefined", undefined],
  ])("answers %s as internal, with no word of it", (_, thrown) => {
    const body = toProblem(thrown);
    expect(body).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(body)).not.toMatch(/secret|alice|undefined|key/);
  });
  it("hides a peer's address and its own refusal from the caller", () => {
    const body = toProblem(
      new WireError("peer-refused", "codex-nexus refused: prev-not-tip: stream memory/alice"),
    );
    expect(body).toMatchObject({ status: 502, code: "peer-failed" });
    expect(JSON.stringify(body)).not.toMatch(/alice|prev-not-tip/);
  });
});

describe("payloads", () => {
  it("have a schema for exactly the record kinds that canon knows", () => {
    expect(Object.keys(PAYLOADS).sort()).toEqual(Object.keys(KINDS).sort());
  });
  it("are closed: an unknown field is refused with its place, and the text of the block is not repeated", () => {
    const block = { type: "semantic", text: "private text", tags: [], visibility: "private" };
    expect(checkPayload("memory.block", block)).toEqual(block);
    const refusal = thrownBy(() => checkPayload("memory.block", { ...block, extra: 1 }));
    expect(refusal).toMatchObject({
      code: "payload-invalid",
      message: expect.stringContaining("memory.block"),
    });
    expect(String(refusal)).not.toContain("private text");
  });
  it("of an unknown kind are refused, also of kinds that every object has", () => {
    for (const kind of ["nothing", "constructor", "__proto__", "toString"]) {
      expect(codeThrownBy(() => checkPayload(kind, {}))).toBe("payload-kind-unknown");
    }
  });
});
