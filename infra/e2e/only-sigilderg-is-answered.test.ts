import { generateSeed, signingKey, utf8 } from "@sigil/crypto";
import { ROUTES, sealRequest } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instanceOf, serviceKey } from "./keys.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("direct");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

describe("MMF and Codex Nexus refuse a direct call", () => {
  const routes = ROUTES.filter((route) => route.service !== "sigilderg" && route.auth !== "none");

  test("the table has routes of both services to try", () => {
    expect(new Set(routes.map((route) => route.service))).toEqual(new Set(["mmf", "codex-nexus"]));
  });

  test("without an envelope, with a Root licence, and under a key of the caller's own", async () => {
    const stranger = signingKey(generateSeed());
    for (const route of routes) {
      const url = `http://127.0.0.1:${runtime.ports[route.service]}`;
      const path = route.path.replace(/:\w+/g, "x");
      const body = route.method === "POST" && route.maxBytes > 0 ? "{}" : undefined;
      const sealed = sealRequest({
        key: stranger,
        iss: "sigilderg",
        aud: `${route.service}/${await instanceOf(url, place.home)}`,
        method: route.method,
        url: path,
        contentType: body ? "application/json" : "",
        body: utf8(body ?? ""),
        now: Date.now(),
      });
      for (const headers of [
        {},
        { authorization: `Bearer ${runtime.licence("root")}` },
        { "sigil-envelope": sealed.header },
      ]) {
        const answer = await fetch(url + path, {
          method: route.method,
          headers: { ...headers, ...(body ? { "content-type": "application/json" } : {}) },
          ...(body ? { body } : {}),
        });
        expect(
          answer.status,
          `${route.service} ${route.method} ${route.path} with ${Object.keys(headers)}`,
        ).toBe(401);
      }
    }
  });

  test("MMF's own key opens nothing at Codex Nexus", async () => {
    const url = `http://127.0.0.1:${runtime.ports["codex-nexus"]}`;
    const sealed = sealRequest({
      key: serviceKey(place.home, "mmf"),
      iss: "mmf",
      aud: `codex-nexus/${await instanceOf(url, place.home)}`,
      method: "GET",
      url: "/v1/checkpoint",
      contentType: "",
      body: new Uint8Array(),
      now: Date.now(),
    });
    const answer = await fetch(`${url}/v1/checkpoint`, { headers: { "sigil-envelope": sealed.header } });
    expect([401, 403]).toContain(answer.status);
  });
});
