import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { actionRow, LOA, type Loa } from "@sigil/policy";
import { readServiceKeys } from "@sigil/service";
import {
  audience,
  ENVELOPE_HEADER,
  ROUTES,
  type RouteRow,
  routeId,
  type ServiceName,
  sealRequest,
} from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runService } from "../processes.ts";
import { Stack } from "../stack.ts";

// Every row of ROUTES on the three real services. Nothing here knows a route by name: a new row is walked as it is.

let stack: Stack;
const licences = new Map<Loa, string>();
const instances = new Map<ServiceName, string>();
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  const people = Object.fromEntries(LOA.map((loa) => [loa.toLowerCase(), loa]));
  stack = await Stack.start({ people, services: ["codex-nexus", "mmf", "sigilderg"] });
  await stack.ready();
  for (const loa of LOA) licences.set(loa, await stack.licence(loa.toLowerCase()));
}, 60_000);
afterAll(async () => {
  agent.destroy();
  await stack?.close();
});

/** Values for path parameters. The first that the row's own schema takes is used. */
const SAMPLES = [
  "01900000-0000-7000-8000-000000000000",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "mmf",
  "memory.write",
  "memory.list",
  "0/000",
  "0",
  "hello",
  "inclusion",
];

/** The row's path with parameters that its schema takes. A row that none of SAMPLES fits fails here, by name. */
function pathOf(row: RouteRow): string {
  const sample = (key: string) => {
    const shape = (row.params as { shape?: Record<string, { safeParse(v: unknown): { success: boolean } }> })
      .shape;
    const found = SAMPLES.find((value) => shape?.[key]?.safeParse(value).success);
    if (found === undefined) throw new Error(`${routeId(row)}: add a value for :${key} to SAMPLES`);
    return found;
  };
  return row.path.replaceAll(/:([a-z]+)(\{[^}]*\})?/g, (_, key: string) => sample(key));
}

interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly code: string;
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly chunked?: boolean;
}

/** Sends the target byte for byte. An answer that asks to come back later is asked for again. */
async function send(row: RouteRow, ask: Ask): Promise<Sent> {
  for (let attempt = 0; ; attempt += 1) {
    const sent = await once(row, ask);
    if (sent.status !== 429 || attempt > 20) return sent;
    await new Promise((resolve) => setTimeout(resolve, Number(sent.headers["retry-after"] ?? 1) * 1_000));
  }
}

function once(row: RouteRow, { method, path, headers = {}, body, chunked }: Ask): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const length: Record<string, string> =
      body === undefined
        ? {}
        : chunked
          ? { "transfer-encoding": "chunked" }
          : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: stack.ports[row.service],
        path: path ?? pathOf(row),
        method: method ?? row.method,
        // A refused body may end the connection, and the next request must not be written to it.
        agent: body === undefined ? agent : false,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...length,
          ...headers,
        },
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        // A stream has no end to wait for, and its head says all that is asked here.
        if (status === 200 && String(answer.headers["content-type"]).startsWith("text/event-stream")) {
          outgoing.destroy();
          return resolve({ status, headers: answer.headers, code: "" });
        }
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk) => {
          text += chunk;
        });
        answer.on("error", reject).on("end", () => {
          const code = /"code":"([a-z-]+)"/.exec(text)?.[1] ?? "";
          resolve({ status, headers: answer.headers, code });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

type Credential = Readonly<Record<string, string>>;
const bearer = (loa: Loa): Credential => ({ authorization: `Bearer ${licences.get(loa)}` });

/** A licence whose signature has one bit changed. */
function damaged(): Credential {
  const [head, payload, signature = ""] = (licences.get("Root") ?? "").split(".");
  const first = signature.startsWith("A") ? "B" : "A";
  return { authorization: `Bearer ${head}.${payload}.${first}${signature.slice(1)}` };
}

/** An envelope under a real key, for `url` of the row's service. */
async function envelope(
  row: RouteRow,
  by: "sigilderg" | "mmf",
  url: string,
  method = row.method,
): Promise<Credential> {
  const instance = instances.get(row.service) ?? (await instanceOf(row));
  instances.set(row.service, instance);
  const sealed = sealRequest({
    key: readServiceKeys(stack.home.path, by).service,
    iss: by,
    aud: audience(row.service, instance),
    ...{ method, url, contentType: "", body: new Uint8Array(0), now: Date.now() },
  });
  return { [ENVELOPE_HEADER]: sealed.header };
}

async function instanceOf({ service }: RouteRow): Promise<string> {
  const peer = service as "codex-nexus" | "mmf";
  const client = stack.client(peer);
  const { instance } = await client.prove();
  await client.close();
  return instance;
}

/** Credentials that must not open the row, each with the statuses that refuse it. */
async function refused(row: RouteRow): Promise<(readonly [name: string, Credential, readonly number[]])[]> {
  if (row.auth === "none") return [];
  const path = pathOf(row);
  const strangers = [
    ["no credential", {}, [401]],
    ["no scheme", { authorization: licences.get("Root") ?? "" }, [401]],
    ["a bad credential", damaged(), [401]],
    ["a garbled envelope", { [ENVELOPE_HEADER]: "e30.AAAA" }, [400, 401]],
  ] as const;
  if (row.auth === "licence") {
    const least = LOA.indexOf(actionRow(row.action).least as Loa);
    const below = LOA[least - 1];
    return [
      ...strangers,
      ...(below === undefined ? [] : [["one level below", bearer(below), [403]] as const]),
    ];
  }
  if (row.service === "sigilderg") return [...strangers, ["Root's licence", bearer("Root"), [401]]];
  const other = row.roles?.includes("mmf") ? "sigilderg" : "mmf";
  return [
    ...strangers,
    ["Root's licence", bearer("Root"), [401]],
    ["another service's key", await envelope(row, other, path), [401, 403]],
    ["an envelope for another path", await envelope(row, "sigilderg", `${path}x`), [401]],
    [
      "an envelope for another method",
      await envelope(row, "sigilderg", path, row.method === "GET" ? "POST" : "GET"),
      [401],
    ],
  ];
}

/** Ways of writing the target that another parser could take for the route itself. */
const TARGETS: readonly (readonly [name: string, (path: string) => string])[] = [
  ["trailing slash", (path) => `${path}/`],
  ["doubled slash", (path) => `/${path}`],
  ["slash doubled within", (path) => path.replace(/\/(?=[^/]*$)/, "//")],
  ["encoded slash", (path) => path.replace(/\/(?=[^/]*$)/, "%2f")],
  ["encoded trailing slash", (path) => `${path}%2F`],
  ["dot segment", (path) => `/.${path}`],
  ["climbing segment", (path) => `/x/..${path}`],
  ["encoded dot segment", (path) => `/%2e${path}`],
  ["backslash", (path) => path.replace(/\/(?=[^/]*$)/, "\\")],
  ["encoded NUL", (path) => `${path}%00`],
  ["path parameter", (path) => `${path};x=1`],
  ["upper case", (path) => path.toUpperCase()],
  ["absolute form", (path) => `http://127.0.0.1${path}`],
];

/** What must not come out of a walk: everything that did not end as it had to. */
type Finding = string;

async function expectRefused(
  row: RouteRow,
  name: string,
  ask: Ask,
  holds: (sent: Sent) => boolean,
): Promise<Finding[]> {
  const sent = await send(row, ask);
  return holds(sent) ? [] : [`${name}: ${sent.status} ${sent.code}`];
}

const isProblem = ({ status, code }: Sent) => status >= 400 && status < 500 && code !== "";

const WALKED = ROUTES.map((row: RouteRow) => [routeId(row), row] as const);
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] as const;
const methodsOf = (row: RouteRow) =>
  WALKED.filter(([, other]) => other.service === row.service && pathOf(other) === pathOf(row)).map(
    ([, { method }]) => method as string,
  );

/** Whether a row of this method has a parameter in the place of this row's last word. */
function takenBy(row: RouteRow, method: string): boolean {
  const pattern = row.path.replace(/[^/:]+$/, ":id");
  return WALKED.some(
    ([, other]) => other.service === row.service && other.method === method && other.path === pattern,
  );
}

describe("every route of the three services", () => {
  it.each(WALKED)(
    "%s gives the same refusal to each wrong credential, whatever else is wrong",
    async (_, row) => {
      const findings: Finding[] = [];
      for (const [who, headers, statuses] of await refused(row)) {
        const same = ({ status, code }: Sent) => statuses.includes(status) && code !== "";
        const big = "x".repeat(Math.min(row.maxBytes, 256 * 1024) + 1);
        const asks: readonly (readonly [string, Ask])[] = [
          ["as it is", { headers }],
          ...(row.maxBytes === 0
            ? []
            : ([
                [
                  "wrong content type",
                  { body: "a=b", headers: { ...headers, "content-type": "text/plain" } },
                ],
                ["unknown field", { body: '{"no-such-field":1}', headers }],
                ["not JSON", { body: "{", headers }],
              ] as const)),
          ["unknown parameter", { path: `${pathOf(row)}?no-such=1`, headers }],
        ];
        for (const [what, ask] of asks)
          findings.push(...(await expectRefused(row, `${who}, ${what}`, ask, same)));
        // A body that no route of this size takes may be refused before the caller is known, and never the other way round.
        findings.push(
          ...(await expectRefused(
            row,
            `${who}, oversize`,
            { body: big, headers },
            (sent) => same(sent) || isProblem(sent),
          )),
        );
        if (row.method === "GET") {
          const head = await send(row, { method: "HEAD", headers });
          if (![...statuses, 405].includes(head.status)) findings.push(`${who}, HEAD: ${head.status}`);
        }
      }
      expect(findings.join("\n")).toBe("");
    },
  );

  it.each(WALKED)(
    "%s is not reached under any other spelling of its path or by another method",
    async (_, row) => {
      const findings: Finding[] = [];
      const path = pathOf(row);
      for (const [who, headers] of [
        ["nobody", {}],
        ["Root", bearer("Root")],
      ] as const) {
        for (const [name, spell] of TARGETS) {
          const target = spell(path);
          if (target === path) continue;
          findings.push(
            ...(await expectRefused(row, `${who}, ${name}`, { path: target, headers }, isProblem)),
          );
        }
        const known = methodsOf(row);
        for (const method of METHODS.filter((other) => !known.includes(other))) {
          const sent = await send(row, { method, headers });
          const allow = String(sent.headers.allow ?? "")
            .split(", ")
            .sort();
          const cors = Object.keys(sent.headers).filter((header) => header.startsWith("access-control-"));
          const holds =
            sent.status === 405 && allow.join() === [...new Set(known)].sort().join() && cors.length === 0;
          // Another row with a parameter may take the path for its own, and then has to refuse the value.
          if (!holds && takenBy(row, method) && isProblem(sent)) continue;
          if (!holds) findings.push(`${who}, ${method}: ${sent.status} ${sent.code} allow ${allow} ${cors}`);
        }
      }
      expect(findings.join("\n")).toBe("");
    },
  );

  const licensed = WALKED.filter(([, row]) => row.auth === "licence" || row.auth === "none");
  it.each(licensed)("%s takes no body but its own, and no unknown parameter", async (_, row) => {
    const headers = row.auth === "none" ? {} : bearer("Root");
    const findings: Finding[] = [];
    // Nobody here is a witness, and who is not is turned away before the body is looked at.
    const before = actionRow(row.action).witness === true ? ["action-denied"] : [];
    const expectCode = async (name: string, ask: Ask, ...codes: string[]) => {
      const expected = [...before, ...codes];
      findings.push(
        ...(await expectRefused(row, name, { headers, ...ask }, ({ code }) => expected.includes(code))),
      );
    };
    findings.push(
      ...(await expectRefused(
        row,
        "unknown parameter",
        { path: `${pathOf(row)}?no-such=1`, headers, ...bodyOf(row) },
        (sent) => isProblem(sent) && sent.code !== "",
      )),
    );
    if (row.maxBytes === 0) {
      await expectCode("a body", { body: "{}" }, "body-unexpected");
      await expectCode("a body in chunks", { body: "{}", chunked: true }, "body-unexpected");
    } else {
      await expectCode(
        "wrong content type",
        { body: "{}", headers: { ...headers, "content-type": "text/plain" } },
        "content-type",
      );
      await expectCode(
        "no content type",
        { body: "{}", headers: { ...headers, "content-type": "" } },
        "content-type",
      );
      await expectCode(
        "encoded body",
        { body: "{}", headers: { ...headers, "content-encoding": "gzip" } },
        "content-type",
      );
      await expectCode("unknown field", { body: '{"no-such-field":1}' }, "body-invalid");
      await expectCode("a prototype", { body: '{"__proto__":{"admin":true}}' }, "body-malformed");
      await expectCode(
        "a constructor",
        { body: '{"constructor":{"prototype":{"admin":true}}}' },
        "body-invalid",
        "body-malformed",
      );
      const big = `"${"x".repeat(row.maxBytes)}"`;
      await expectCode("oversize", { body: big }, "body-too-large");
      await expectCode("oversize in chunks", { body: big, chunked: true }, "body-too-large");
    }
    expect(findings.join("\n")).toBe("");
  });

  const bodied = WALKED.filter(([, row]) => row.request !== undefined);
  it.each(bodied)("%s refuses a field that its schema does not name", (_, row) => {
    const found = row.request?.safeParse({ "no-such-field": 1 });
    expect(JSON.stringify(found?.error?.issues)).toContain("unrecognized_keys");
  });

  it("after the whole walk the store verifies", async () => {
    for (const service of ["sigilderg", "mmf", "codex-nexus"]) await stack.stopService(service);
    const report = await runService("codex-nexus", ["verify", "--home", stack.home.path]);
    expect(JSON.parse(report.trim().split("\n").at(-1) ?? "")).toMatchObject({ ok: true });
  });
});

/** A body so that a route that needs one comes as far as its query. */
function bodyOf(row: RouteRow): Ask {
  return row.maxBytes === 0 ? {} : { body: '{"no-such-field":1}' };
}
