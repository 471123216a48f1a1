import { describe, expect, it } from "vitest";
import { openApi, operationId } from "../src/openapi/document.ts";
import { ROUTES, type RouteRow } from "../src/routes.ts";
import { SERVICES } from "../src/schema/service.ts";

const rows: readonly RouteRow[] = ROUTES;

function refsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsOf(inner),
  );
}

describe.each(SERVICES)("the OpenAPI document of %s", (service) => {
  const document = openApi(service, "1.0.0");
  const operations = Object.values(document.paths).flatMap(Object.values);
  const own = rows.filter((row) => row.service === service);

  it("has one operation for every route, under an id of its own", () => {
    expect(operations.map(({ operationId: id }) => id).toSorted()).toEqual(own.map(operationId).toSorted());
    expect(new Set(operations.map(({ operationId: id }) => id)).size).toBe(own.length);
  });

  it("names what is there: every reference resolves, and every variable of a path is a parameter", () => {
    for (const ref of refsOf(document)) {
      const found = ref
        .slice(2)
        .split("/")
        .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
      expect([ref, typeof found]).toEqual([ref, "object"]);
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const { parameters } of Object.values(methods)) {
        const inPath = ((parameters ?? []) as { name: string; in: string }[])
          .filter((each) => each.in === "path")
          .map(({ name }) => `{${name}}`);
        expect(path.match(/\{[a-z]+\}/g) ?? []).toEqual(inPath);
      }
    }
  });

  it("asks of a caller what the route asks, and closes every body against fields that it does not know", () => {
    for (const row of own) {
      const found = operations.find((each) => each.operationId === operationId(row));
      const asks = ((found?.security ?? []) as Record<string, unknown>[]).map(Object.keys);
      const expected = {
        none: [],
        licence: [["licence"], ["licence", "envelope"]],
        envelope: [["envelope"]],
        "envelope+grant": [["envelope", "grant"]],
      }[row.auth];
      expect([operationId(row), asks]).toEqual([operationId(row), expected]);
    }
    const { schemas } = document.components as {
      schemas: Record<string, { additionalProperties?: unknown }>;
    };
    const requests = Object.entries(schemas).filter(([name]) => name.endsWith("Request"));
    for (const [name, schema] of requests) expect([name, schema.additionalProperties]).toEqual([name, false]);
  });

  it("is the same document each time", () => {
    expect(JSON.stringify(openApi(service, "1.0.0"))).toBe(JSON.stringify(document));
  });
});
