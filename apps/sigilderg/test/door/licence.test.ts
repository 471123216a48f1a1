import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { generateSeed, signingKey, toBase64url, utf8 } from "@sigil/crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

const now = () => Math.floor(Date.now() / 1000);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const anotherGenesis = () => {
  const { runtimeId } = stack.home;
  return stack.licence("alice", { bindings: { runtimeId, canonFingerprint: `sha256:${"0".repeat(64)}` } });
};
/** What the real issuer's key signs and no issuer of Sigil would. */
const unknownLevel = () => {
  const { issuer } = stack.home;
  const part = (value: unknown) => toBase64url(utf8(JSON.stringify(value)));
  const header = { alg: "EdDSA", kid: issuer.kid, typ: "sigil-license+jwt" };
  const signed = `${part(header)}.${part({ ...stack.claimsOf("alice"), loa: "Emperor" })}`;
  return `${signed}.${toBase64url(issuer.sign(utf8(signed)))}`;
};

describe("a bad credential", () => {
  const cases: Record<string, () => Promise<Record<string, string>> | Record<string, string>> = {
    missing: () => ({}),
    "not a licence": () => bearer("abc"),
    "of another scheme": async () => ({ authorization: `Basic ${await stack.licence("alice")}` }),
    "signed by another issuer": async () =>
      bearer(await stack.home.sign(stack.claimsOf("alice"), signingKey(generateSeed()))),
    "of another issuer under the pinned kid": async () => {
      const [head] = (await stack.licence("alice")).split(".");
      const [, ...rest] = (await stack.home.sign(stack.claimsOf("alice"), signingKey(generateSeed()))).split(
        ".",
      );
      return bearer([head, ...rest].join("."));
    },
    "with a changed claim": async () => {
      const [head, , sig] = (await stack.licence("alice")).split(".");
      const claims = Buffer.from(JSON.stringify({ ...stack.claimsOf("alice"), loa: "Root" })).toString(
        "base64url",
      );
      return bearer([head, claims, sig].join("."));
    },
    expired: async () => bearer(await stack.licence("alice", { nbf: now() - 7200, exp: now() - 3600 })),
    "not yet valid": async () =>
      bearer(await stack.licence("alice", { nbf: now() + 3600, exp: now() + 7200 })),
    "without a record": async () => bearer(await stack.licence("alice", { jti: "never-recorded" })),
    "of another runtime": async () =>
      bearer(
        await stack.licence("alice", {
          bindings: { ...stack.claimsOf("alice").bindings, runtimeId: "other" },
        }),
      ),
    "of another genesis": () => anotherGenesis().then(bearer),
    "of a level that does not exist": () => bearer(unknownLevel()),
    "twice in one header": async () => {
      const token = await stack.licence("alice");
      return { authorization: `Bearer ${token}, Bearer ${token}` };
    },
  };

  it.each(Object.keys(cases))("a licence that is %s answers 401 in the one outward shape", async (name) => {
    const headers = await cases[name]?.();
    const { status, body } = await stack.ask("GET", "/v1/licence", headers === undefined ? {} : { headers });
    expect(status).toBe(401);
    const { title, code, detail, remedy } = body;
    const plain = await stack.ask("GET", "/v1/licence");
    expect({ title, code, detail, remedy }).toEqual({
      title: plain.body.title,
      code: "licence-refused",
      detail: plain.body.detail,
      remedy: plain.body.remedy,
    });
    expect(body.decisionId).toBeUndefined();
  });

  it("of another genesis or an unknown level has a code of its own, in the metrics and for whoever asks under a good one", async () => {
    for (const [licence, code] of [
      [await anotherGenesis(), "licence-canon-mismatch"],
      [unknownLevel(), "licence-level-unknown"],
    ] as const) {
      expect((await stack.ask("GET", "/v1/licence", { headers: bearer(licence) })).status).toBe(401);
      const { body } = await stack.ask("GET", "/metrics", { as: "olga" });
      expect(body).toMatch(new RegExp(`sigil_refused_credentials_total\\{[^}]*code="${code}"[^}]*\\} [1-9]`));
      const asked = await stack.ask("POST", "/v1/licences/validation", { as: "olga", body: { licence } });
      expect(asked.body).toMatchObject({ valid: false, code });
    }
  });

  it("two Authorization headers answer 401 though each is good", async () => {
    const token = await stack.licence("alice");
    const lines = ["authorization", `Bearer ${token}`, "authorization", `Bearer ${token}`];
    const sent = request(`${stack.url}/v1/licence`, {
      headers: ["host", new URL(stack.url).host, ...lines],
    }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const text = (await answer.toArray()).join("");
    expect([answer.statusCode, JSON.parse(text).code]).toEqual([401, "licence-refused"]);
  });

  it("the precise reason goes to the metrics, where an operator finds it", async () => {
    await stack.ask("GET", "/v1/licence", { headers: bearer("abc") });
    const { body } = await stack.ask("GET", "/metrics", { as: "olga" });
    expect(body).toMatch(/sigil_refused_credentials_total\{[^}]*code="licence-malformed"[^}]*\} [1-9]/);
    expect(body).toMatch(
      /sigil_decisions_total\{[^}]*action="metrics.read"[^}]*verdict="allow"[^}]*\} [1-9]/,
    );
  });
});

describe("a good licence", () => {
  it("a level that is too low answers 403, names what is missing, and the denial is a durable record", async () => {
    const { status, body, headers } = await stack.ask("POST", "/v1/memory", {
      as: "olga",
      body: { kind: "episodic", text: "x" },
    });
    expect([status, body.code]).toEqual([403, "level-too-low"]);
    expect(body.missing.join(" ")).toContain("Operator");
    expect(headers.get("sigil-decision")).toBe(body.decisionId);
    const found = await stack.ask("GET", `/v1/decisions/${body.decisionId}`, { as: "olga" });
    expect(found.body.body).toMatchObject({ action: "memory.write", principal: "olga", verdict: "deny" });
  });

  it("an action outside the licence's scope answers 403", async () => {
    const scoped = await stack.licence("alice", { scope: ["license.validate"] });
    const { status, body } = await stack.ask("GET", "/v1/memory", { authorization: `Bearer ${scoped}` });
    expect([status, body.code]).toEqual([403, "out-of-scope"]);
  });

  it("GET /v1/licence says what the licence amounts to here", async () => {
    const { body } = await stack.ask("GET", "/v1/licence", { as: "alice" });
    expect(body.effective).toEqual({ principal: "alice", loa: "Operator", scope: ["*"] });
    expect(body.claims).toEqual(stack.claimsOf("alice"));
  });
});

describe("POST /v1/licences", () => {
  it("a recorded licence opens the door at once, supersedes the older one, and does so after a restart too", async () => {
    const old = await stack.licence("olga");
    const fresh = await stack.home.sign(stack.home.claims("olga", "Operator"));
    expect((await stack.ask("GET", "/v1/licence", { authorization: `Bearer ${fresh}` })).status).toBe(401);
    const issued = await stack.ask("POST", "/v1/licences", { as: "rita", body: { licence: fresh } });
    expect(issued.status).toBe(201);
    const both = async () => [
      (await stack.ask("GET", "/v1/licence", { authorization: `Bearer ${fresh}` })).status,
      (await stack.ask("GET", "/v1/licence", { authorization: `Bearer ${old}` })).status,
    ];
    expect(await both()).toEqual([200, 401]);
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.readyWithoutMmf();
    expect(await both()).toEqual([200, 401]);
  });

  it("an Operator may not issue, and a licence of a foreign issuer is refused by its reason", async () => {
    const fresh = await stack.home.sign(stack.home.claims("dave", "Guest"));
    expect((await stack.ask("POST", "/v1/licences", { as: "alice", body: { licence: fresh } })).status).toBe(
      403,
    );
    const forged = await stack.home.sign(stack.home.claims("dave", "Root"), signingKey(generateSeed()));
    const { status, body } = await stack.ask("POST", "/v1/licences", {
      as: "rita",
      body: { licence: forged },
    });
    expect([status, body.code]).toEqual([422, "body-invalid"]);
    expect(body.detail).toContain("licence-key-unknown");
  });

  it("nobody gets a licence for the name under which the control plane records its own acts", async () => {
    const own = await stack.home.sign(stack.home.claims("sigilderg", "Guest"));
    const { status, body } = await stack.ask("POST", "/v1/licences", { as: "rita", body: { licence: own } });
    expect([status, body.code]).toEqual([422, "body-invalid"]);
    expect(body.detail).toContain("choose another principal");
  });
});
