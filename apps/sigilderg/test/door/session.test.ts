import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, Stack } from "../stack.ts";

const browser = [
  process.env.SIGIL_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));
if (browser === undefined)
  console.warn(
    "SKIPPED: no Chromium in /usr/bin; install one or set SIGIL_CHROMIUM to attack from a real browser",
  );

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", olga: "Observer", rita: "Root", bob: "Operator" },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.allowed_hosts=sigil.example"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

const note = { kind: "episodic", text: "x" };
const json = { "content-type": "application/json" };

interface Open {
  readonly headers: Record<string, string>;
  readonly setCookie: string;
}

async function open(as: string): Promise<Open> {
  const { status, body, headers } = await stack.ask("POST", "/v1/session", { as });
  expect(status).toBe(201);
  const setCookie = headers.get("set-cookie") ?? "";
  const cookie = setCookie.split(";")[0] ?? "";
  return { setCookie, headers: { cookie, "x-sigil-session": body.secret, origin: stack.url } };
}
const mint = async ({ headers }: Open): Promise<string> =>
  (await stack.ask("POST", "/v1/session/csrf", { headers: { ...headers, ...json } })).body.token;
const write = (headers: Record<string, string>, body: unknown = note): Promise<Answer> =>
  stack.ask("POST", "/v1/memory", { headers, body });

describe("a session", () => {
  it("is a cookie that no script reads and no other site sends, and a secret that only the answer holds", async () => {
    const { setCookie, headers } = await open("alice");
    expect(setCookie).toMatch(
      /^sigil_session=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=3\d{3}$/,
    );
    expect(setCookie).not.toContain(headers["x-sigil-session"]);
  });

  it("reaches the decision that the bearer of its licence reaches", async () => {
    for (const name of ["alice", "olga"]) {
      const session = await open(name);
      for (const [method, path, body] of [
        ["GET", "/v1/licence", undefined],
        ["GET", "/v1/memory", undefined],
        ["POST", "/v1/memory", note],
        ["POST", "/v1/erasures", { principal: "x", preview: true, complete: false }],
      ] as const) {
        const headers = {
          ...session.headers,
          ...(method === "POST" ? { "x-sigil-csrf": await mint(session) } : {}),
        };
        const [byCookie, byBearer] = [
          await stack.ask(method, path, { headers, body }),
          await stack.ask(method, path, { as: name, body }),
        ];
        expect([byCookie.status, byCookie.body.code, byCookie.body.missing], path).toEqual([
          byBearer.status,
          byBearer.body.code,
          byBearer.body.missing,
        ]);
      }
    }
  });

  it("opens nothing by its cookie alone, by its secret alone, or beside a bearer licence", async () => {
    const { headers } = await open("alice");
    const { cookie = "", "x-sigil-session": secret = "", origin = "" } = headers;
    const bearer = { authorization: `Bearer ${await stack.licence("alice")}` };
    const shapes = new Set<string>();
    for (const wrong of [
      { cookie },
      { "x-sigil-session": secret },
      { cookie, "x-sigil-session": `${secret}A` },
      { cookie: `${cookie}; ${cookie}`, "x-sigil-session": secret },
      { cookie, "x-sigil-session": secret, ...bearer },
    ]) {
      const { status, body } = await stack.ask("GET", "/v1/licence", {
        headers: { origin, ...wrong } as never,
      });
      expect(status).toBe(401);
      shapes.add(JSON.stringify(body));
    }
    expect(shapes.size).toBe(1);
    expect((await stack.ask("GET", "/v1/licence", { headers })).status).toBe(200);
  });

  it("ends when it is closed, and when its licence is revoked", async () => {
    const closed = await open("alice");
    const token = await mint(closed);
    const answer = await stack.ask("DELETE", "/v1/session", {
      headers: { ...closed.headers, ...json, "x-sigil-csrf": token },
    });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([
      200,
      "sigil_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0",
    ]);
    expect((await stack.ask("GET", "/v1/licence", { headers: closed.headers })).status).toBe(401);
    const bob = await open("bob");
    expect((await stack.ask("GET", "/v1/licence", { headers: bob.headers })).status).toBe(200);
    const { jti } = stack.claimsOf("bob");
    await stack.ask("POST", `/v1/licences/${jti}/revocation`, { as: "rita", body: { reason: "lost" } });
    expect((await stack.ask("GET", "/v1/licence", { headers: bob.headers })).status).toBe(401);
  });
});

describe("a session beyond loopback", () => {
  /** A request that names the door by the Host header, which fetch does not let a caller set. */
  async function named(host: string, method: string, path: string, headers: Record<string, string>) {
    const sent = request(`${stack.url}${path}`, { method, headers: { ...headers, host } }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const text = (await answer.toArray()).join("");
    return { status: answer.statusCode, setCookie: answer.headers["set-cookie"]?.[0] ?? "", text };
  }

  it("is a cookie that only TLS carries and that no other host or path sets, and nothing under another name", async () => {
    const authorization = `Bearer ${await stack.licence("alice")}`;
    const opened = await named("sigil.example", "POST", "/v1/session", { authorization });
    expect(opened.setCookie).toMatch(
      /^__Host-sigil_session=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=3\d{3}; Secure$/,
    );
    const [cookie = ""] = opened.setCookie.split(";");
    const { secret } = JSON.parse(opened.text) as { secret: string };
    const read = async (host: string, sent: string) =>
      (await named(host, "GET", "/v1/licence", { cookie: sent, "x-sigil-session": secret })).status;
    expect(await read("sigil.example", cookie)).toBe(200);
    expect(await read("sigil.example", cookie.replace("__Host-", ""))).toBe(401);
    expect(await read("127.0.0.1", cookie)).toBe(401);
  });
});

describe("a stream of decisions that a session opened", () => {
  it("ends with the session, by name", async () => {
    const session = await open("olga");
    const response = await fetch(`${stack.url}/v1/audit/stream`, { headers: session.headers });
    expect(response.status).toBe(200);
    const closed = await stack.ask("DELETE", "/v1/session", {
      headers: { ...session.headers, ...json, "x-sigil-csrf": await mint(session) },
    });
    expect(closed.status).toBe(200);
    const text = await response.text();
    expect(text).toContain("event: problem");
    expect(text.slice(text.indexOf("event: problem"))).toContain('"licence-refused"');
  });

  it("goes on while its session does, though the session that was closed had the same licence", async () => {
    const [one, other] = [await open("olga"), await open("olga")];
    const stop = new AbortController();
    const { headers } = one;
    const response = await fetch(`${stack.url}/v1/audit/stream`, { headers, signal: stop.signal });
    await stack.ask("DELETE", "/v1/session", {
      headers: { ...other.headers, ...json, "x-sigil-csrf": await mint(other) },
    });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("session.close") || text.includes("event: problem")) break;
    }
    stop.abort();
    expect(text).not.toContain("event: problem");
  });
});

describe("a session in lockdown", () => {
  it("goes on, opens and closes; what it would change is stopped", async () => {
    const session = await open("alice");
    const entered = await stack.ask("POST", "/v1/lockdown", { as: "rita", body: { reason: "a test" } });
    expect(entered.status).toBe(201);
    try {
      expect((await stack.ask("GET", "/v1/memory", { headers: session.headers })).status).toBe(200);
      const token = await mint(session);
      const refused = await write({ ...session.headers, "x-sigil-csrf": token });
      expect([refused.status, refused.body.code]).toEqual([403, "locked-down"]);
      const other = await open("alice");
      expect((await stack.ask("GET", "/v1/licence", { headers: other.headers })).status).toBe(200);
    } finally {
      await stack.ask("POST", "/v1/lockdown/end", { as: "rita", body: { reason: "over" } });
    }
    const headers = { ...session.headers, "x-sigil-csrf": await mint(session) };
    expect((await write(headers)).status, "the same session, after it").toBe(201);
  });
});

describe("a mutation with a cookie", () => {
  it("needs a token that it uses up, and gives it back when nothing was done", async () => {
    const session = await open("alice");
    expect((await write(session.headers)).body.code).toBe("csrf-refused");
    const headers = { ...session.headers, "x-sigil-csrf": await mint(session) };
    expect((await write(headers, { nonsense: 1 })).body.code).toBe("body-invalid");
    expect((await write(headers)).status).toBe(201);
    expect((await write(headers)).body.code).toBe("csrf-refused");
    const parallel = { ...session.headers, "x-sigil-csrf": await mint(session) };
    const answers = await Promise.all(Array.from({ length: 6 }, () => write(parallel)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(5).fill(403)]);
  });

  it("needs the Origin of this door and a JSON content type", async () => {
    const session = await open("alice");
    const token = await mint(session);
    const { origin: _, ...without } = session.headers;
    for (const origin of [
      "https://evil.example",
      "null",
      stack.url.replace(/\d+$/, "1"),
      `${stack.url}.evil.example`,
    ])
      expect((await write({ ...session.headers, origin, "x-sigil-csrf": token })).body.code, origin).toBe(
        "origin-refused",
      );
    expect((await write({ ...without, "x-sigil-csrf": token })).body.code).toBe("origin-refused");
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect(
        (await write({ ...session.headers, "x-sigil-csrf": token, "content-type": type })).body.code,
      ).toBe("content-type");
    expect((await write({ ...session.headers, "x-sigil-csrf": token })).status, "nothing was used up").toBe(
      201,
    );
  });

  it("needs no token, and no Origin, with a bearer licence", async () => {
    expect((await stack.ask("POST", "/v1/memory", { as: "alice", body: note })).status).toBe(201);
  });
});

describe("a browser that is turned away", () => {
  it("is a denial of record of whoever it acts for, with the reason", async () => {
    const session = await open("olga");
    for (const [more, code] of [
      [{ origin: "https://evil.example" }, "origin-refused"],
      [{ "content-type": "text/plain" }, "content-type"],
      [{}, "csrf-refused"],
    ] as const) {
      const refused = await write({ ...session.headers, ...more });
      expect(refused.body.code).toBe(code);
      const id = refused.headers.get("sigil-decision");
      const { body } = await stack.ask("GET", `/v1/decisions/${id}`, { as: "rita" });
      expect(body.body).toMatchObject({ principal: "olga", verdict: "deny", reasons: [{ code }] });
    }
  });

  it("is counted by code, and beyond sixty records a minute only counted", async () => {
    const counted = async () => {
      const { body } = await stack.ask("GET", "/metrics", { as: "rita" });
      return Number(/^sigil_problems_total\{code="csrf-refused"[^}]*\} (\d+)$/m.exec(body)?.[1] ?? 0);
    };
    const session = await open("alice");
    const before = await counted();
    const answers = await Promise.all(Array.from({ length: 150 }, () => write(session.headers)));
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(["csrf-refused"]));
    const recorded = answers.filter(({ headers }) => headers.has("sigil-decision"));
    expect(recorded.length).toBeGreaterThan(0);
    // Twice sixty where the minute turns meanwhile.
    expect(recorded.length).toBeLessThanOrEqual(120);
    expect(await counted()).toBe(before + 150);
  });
});

it("no answer allows another origin to read it, a preflight neither", async () => {
  const session = await open("alice");
  const headers = { ...session.headers, origin: "https://evil.example" };
  const read = await stack.ask("GET", "/v1/licence", { headers });
  expect(read.body.code).toBe("origin-refused");
  const preflight = await fetch(`${stack.url}/v1/memory`, {
    method: "OPTIONS",
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(405);
  for (const answer of [read, preflight])
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

it.skipIf(browser === undefined)(
  "a page of another origin in a real browser reads nothing and changes nothing, cookie or not",
  async () => {
    const session = await open("alice");
    const blocks = async () =>
      (await stack.ask("GET", "/v1/memory?limit=200", { as: "alice" })).body.blocks.length;
    const before = await blocks();
    const refusals = () =>
      stack
        .output("sigilderg")
        .split("\n")
        .filter((line) => line.includes("POST /v1/memory") && line.includes('"status":401')).length;
    const seen = refusals();
    // The other origin is another port of the same host, which browsers send the cookie to: the worst case.
    const page = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.setHeader("set-cookie", `${session.headers.cookie}; Path=/`);
      answer.end(attack(stack.url, session.headers["x-sigil-session"] ?? ""));
    }).listen(0, "127.0.0.1");
    await once(page, "listening");
    const profile = mkdtempSync(join(tmpdir(), "sigil-browser-"));
    try {
      const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
      const flags = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--no-sandbox",
        "--virtual-time-budget=10000",
      ];
      const child = spawn(browser as string, [...flags, `--user-data-dir=${profile}`, "--dump-dom", url], {
        stdio: ["ignore", "pipe", "ignore"],
        timeout: 90_000,
      });
      const dom = (await child.stdout.setEncoding("utf8").toArray()).join("");
      expect(/said:([^<]*):/.exec(dom)?.[1]).toBe("read blocked blocked blocked blocked blocked");
      // They arrived: the door refused what needs no preflight, and the browser asked for no more.
      expect(refusals()).toBeGreaterThan(seen);
      expect(await blocks()).toBe(before);
    } finally {
      page.close();
      rmSync(profile, { recursive: true, force: true });
    }
  },
  120_000,
);

/** What an attacker's page would try, with the session secret besides, which it should never have. */
function attack(url: string, secret: string): string {
  return `<!doctype html><body><form id="f" method="post" enctype="text/plain" action="${url}/v1/memory" target="sink">
    <input name='{"kind":"episodic","text":"x","y":"' value='"}'></form><iframe name="sink"></iframe><script>
    const body = JSON.stringify({ kind: "episodic", text: "by another origin" });
    const say = (request) => request.then((a) => a.type === "basic" ? "read" : a.type, () => "blocked");
    document.getElementById("f").submit();
    (async () => {
      const all = { credentials: "include" };
      const said = [
        await say(fetch("/")),
        await say(fetch("${url}/v1/memory", { ...all, method: "POST", mode: "no-cors", body })),
        await say(fetch("${url}/v1/memory", { ...all, method: "POST", headers: { "content-type": "application/json", "x-sigil-session": "${secret}" }, body })),
        await say(fetch("${url}/v1/memory", { ...all, headers: { "x-sigil-session": "${secret}" } })),
        await say(fetch("${url}/v1/session", { ...all, method: "DELETE" })),
        await say(fetch("${url}/v1/memory", all)),
      ];
      document.body.textContent = "said:" + said.join(" ") + ":";
    })();</script>`;
}
