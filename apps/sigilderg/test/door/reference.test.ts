import { DoorClient, type DoorRouteId, openApi, ROUTES, type RouteRow, routeId } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { rita: "Root" },
    services: ["codex-nexus", "mmf", "sigilderg"],
    settings: ["sigilderg.security_contact=mailto:security@example.org"],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

describe("the reference that the door serves", () => {
  it("is the document that is generated from the schemas, for each service, without a licence", async () => {
    const { body } = await stack.ask("GET", "/openapi.json");
    expect(body).toEqual(JSON.parse(JSON.stringify(openApi("sigilderg", body.info.version))));
    for (const service of ["mmf", "codex-nexus"] as const) {
      const answer = await stack.ask("GET", `/openapi/${service}`);
      expect([answer.status, answer.body.info.title]).toEqual([200, openApi(service, "1.0.0").info.title]);
    }
    expect((await stack.ask("GET", "/openapi/other")).status).toBe(404);
  });

  it("is a page without a script that asks no other origin for anything, and names every route", async () => {
    const { status, headers, body } = await stack.ask("GET", "/reference");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(body).not.toMatch(/<script|<img|<link|https?:\/\/(?!127\.0\.0\.1)| style=| on[a-z]+=/);
    for (const { path } of ROUTES as readonly RouteRow[])
      expect(body).toContain(`<code>${path.replaceAll(/:([a-z]+)(\{[^}]*\})?/g, "{$1}")}</code>`);
  });

  it("says in security.txt whom to tell, until when, and where it stands (RFC 9116)", async () => {
    const { headers, body } = await stack.ask("GET", "/.well-known/security.txt");
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const fields = new Map(
      body
        .trim()
        .split("\n")
        .map((line: string) => line.split(/: (.*)/)),
    );
    expect(fields.get("Contact")).toBe("mailto:security@example.org");
    expect(fields.get("Canonical")).toBe(`${stack.url}/.well-known/security.txt`);
    const days = (Date.parse(String(fields.get("Expires"))) - Date.now()) / 86_400_000;
    expect([days > 30, days < 365]).toEqual([true, true]);
  });

  it("lists the keys of the installation: instance, service, channel and issuer", async () => {
    const { body } = await stack.ask("GET", "/.well-known/sigil-keys");
    expect(body.instance).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const listed = body.keys.map(
      (key: { service: string; purpose: string }) => `${key.service} ${key.purpose}`,
    );
    for (const key of ["sigilderg service", "sigilderg channel", "mmf service", "issuer issuer"])
      expect(listed).toContain(key);
  });
});

describe("the typed client", () => {
  it("reads every route that takes no parameter, each in the shape that the document gives it", async () => {
    const client = new DoorClient({ baseUrl: stack.url, licence: await stack.licence("rita") });
    const challenge = "/.well-known/sigil-instance";
    const rows = (ROUTES as readonly RouteRow[]).filter(
      ({ service, method, path, auth, media }) =>
        service === "sigilderg" &&
        method === "GET" &&
        !path.includes(":") &&
        path !== challenge &&
        media !== "text/event-stream" &&
        (auth === "none" || auth === "licence"),
    );
    expect(rows.length).toBeGreaterThan(12);
    for (const row of rows) {
      const id = routeId(row) as DoorRouteId;
      const query = row.path === "/v1/log/consistency" ? { from: 1, to: 2 } : {};
      const { status, body } = await client.call(id, { query: query as never });
      expect([id, status, typeof body]).toEqual([id, 200, row.response === undefined ? "string" : "object"]);
    }
    await client.close();
  });
});
