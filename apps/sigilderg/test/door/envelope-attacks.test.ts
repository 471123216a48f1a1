import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { gzipSync } from "node:zlib";
import {
  fromBase64url,
  fromUtf8,
  generateSeed,
  type SigningKey,
  signingKey,
  toBase64url,
  utf8,
} from "@sigil/crypto";
import { audience, type SealInput, sealRequest } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

const PATH = "/v1/memory";
const BODY = '{"kind":"episodic","text":"sealed"}';
const ORDER_OF_ED25519 = 2n ** 252n + 27742317777372353535851937790883648493n;

let stack: Stack;
let key: SigningKey;
let licence: string;
beforeAll(async () => {
  stack = await Stack.start({
    people: { ada: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
  key = signingKey(generateSeed());
  const publicKey = toBase64url(key.publicKey.raw);
  const body = { principal: "ada", publicKey, routes: ["*"] };
  const { status } = await stack.ask("POST", "/v1/client-keys", { as: "rita", body });
  if (status !== 201) throw new Error(`the key was not enrolled: ${status}`);
  licence = await stack.licence("ada");
}, 60_000);
afterAll(() => stack?.close());

async function seal(change: Partial<SealInput> = {}): Promise<string> {
  const { body: known } = await stack.ask("GET", "/.well-known/sigil-keys");
  return sealRequest({
    ...{ key, iss: "ada", aud: audience("sigilderg", known.instance) },
    ...{ method: "POST" as const, url: PATH, contentType: "application/json", body: utf8(BODY), licence },
    now: Date.now(),
    ...change,
  }).header;
}

interface Sent {
  readonly envelopes: readonly string[];
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: readonly string[];
}

/** One request, header lines as they are given; status, problem code, decision. */
async function send({ envelopes, method = "POST", path = PATH, body = BODY, headers = [] }: Sent) {
  const outgoing = request(`${stack.url}${path}`, {
    method,
    agent: false,
    headers: [
      ...["host", new URL(stack.url).host, "authorization", `Bearer ${licence}`],
      ...(body === "" ? [] : ["content-type", "application/json", "content-length", String(body.length)]),
      ...envelopes.flatMap((value) => ["sigil-envelope", value]),
      ...headers,
    ],
  }).end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const json = JSON.parse((await answer.toArray()).join("")) as { code?: string; decisionId?: string };
  return { status: answer.statusCode, code: json.code, decision: json.decisionId };
}

/** The envelope with another signature over the same bytes, S + L, which a lax verifier takes for the same. */
function malleated(header: string): string {
  const [head = "", tail = ""] = header.split(".");
  const signature = fromBase64url(tail);
  let s = 0n;
  for (const byte of signature.slice(32).toReversed()) s = s * 256n + BigInt(byte);
  s += ORDER_OF_ED25519;
  const twin = Uint8Array.from(signature);
  for (let at = 32; at < 64; at += 1, s >>= 8n) twin[at] = Number(s & 255n);
  return `${head}.${toBase64url(twin)}`;
}

/** The protected part with its members turned round, signed anew by the same key. */
function reordered(header: string): string {
  const fields = Object.entries(JSON.parse(fromUtf8(fromBase64url(header.split(".")[0] ?? ""))));
  const bytes = utf8(JSON.stringify(Object.fromEntries(fields.toReversed())));
  const signature = key.sign(utf8(`SIGIL-REQUEST-V1\n${fromUtf8(bytes)}`));
  return `${toBase64url(bytes)}.${toBase64url(signature)}`;
}

const list = { method: "GET" as const, contentType: "", body: new Uint8Array() };
const ATTACKS: Record<string, readonly [code: string, attack: () => Promise<Sent>]> = {
  "to another service": [
    "envelope-audience",
    async () => ({ envelopes: [await seal({ aud: audience("codex-nexus", "AAAAAAAAAAAAAAAAAAAAAA") })] }),
  ],
  "to another instance of this service": [
    "stale-instance",
    async () => ({ envelopes: [await seal({ aud: audience("sigilderg", "AAAAAAAAAAAAAAAAAAAAAA") })] }),
  ],
  "under another method": [
    "envelope-method",
    async () => ({ envelopes: [await seal({ method: "DELETE" })] }),
  ],
  "to another path": ["envelope-path", async () => ({ envelopes: [await seal({ url: "/v1/erasures" })] })],
  "with its parameters in another order": [
    "envelope-path",
    async () => ({
      envelopes: [await seal({ ...list, url: "/v1/memory?limit=1&tag=a" })],
      ...{ method: "GET", path: "/v1/memory?tag=a&limit=1", body: "" },
    }),
  ],
  "with another body": [
    "envelope-body",
    async () => ({ envelopes: [await seal()], body: BODY.replace("sealed", "forged") }),
  ],
  "with the same body written in another way": [
    "envelope-body",
    async () => ({ envelopes: [await seal()], body: BODY.replace('","', '", "') }),
  ],
  "with the body compressed": [
    "content-type",
    async () => ({
      ...{ envelopes: [await seal()], body: gzipSync(BODY), headers: ["content-encoding", "gzip"] },
    }),
  ],
  "with the envelope of a compressed body": [
    "content-type",
    async () => ({
      envelopes: [await seal({ body: gzipSync(BODY) })],
      ...{ body: gzipSync(BODY), headers: ["content-encoding", "gzip"] },
    }),
  ],
  "with the header twice": [
    "envelope-duplicate",
    async () => {
      const header = await seal();
      return { envelopes: [header, header] };
    },
  ],
  "with two envelopes, the second one good": [
    "envelope-duplicate",
    async () => ({ envelopes: ["AAAA.AAAA", await seal()] }),
  ],
  "with two envelopes in one header": [
    "envelope-malformed",
    async () => ({ envelopes: [`${await seal()}, ${await seal()}`] }),
  ],
  "with the malleated twin of its signature": [
    "envelope-signature",
    async () => ({ envelopes: [malleated(await seal())] }),
  ],
  "with a protected part that is not canonical, rightly signed": [
    "envelope-not-canonical",
    async () => ({ envelopes: [reordered(await seal())] }),
  ],
  "for another licence": [
    "envelope-licence",
    async () => ({ envelopes: [await seal({ licence: "a.b.c" })] }),
  ],
  "that binds no licence": [
    "envelope-licence",
    async () => ({ envelopes: [await seal({ licence: undefined })] }),
  ],
  "with an authority of its own": [
    "envelope-context",
    async () => ({
      envelopes: [
        await seal({
          ctx: { principal: "ada", loa: "Root", decision: "01890000-0000-7000-8000-000000000001" },
        }),
      ],
    }),
  ],
};

const NAMES = Object.keys(ATTACKS);

const blocks = async () => (await stack.ask("GET", "/v1/memory?limit=200", { as: "ada" })).body.blocks.length;

describe("a sealed request at the door", () => {
  it.each(NAMES)("%s is refused by name, and nothing is done", async (name) => {
    const [code, attack] = ATTACKS[name] ?? ["", () => Promise.reject(new Error(name))];
    const before = await blocks();
    const answer = await send(await attack());
    expect(answer.code).toBe(code);
    expect(await blocks()).toBe(before);
    if (answer.decision === undefined) return;
    const { body } = await stack.ask("GET", `/v1/audit/${answer.decision}`, { as: "olga" });
    expect(body.entry.outcome).toMatchObject({ status: "failed", code, effects: [] });
  });

  it("is accepted once: its replay is refused, also after a restart, and says so in an outcome", async () => {
    const header = await seal();
    expect((await send({ envelopes: [header] })).status).toBe(201);
    const replayed = await send({ envelopes: [header] });
    expect([replayed.status, replayed.code]).toEqual([401, "envelope-replayed"]);
    const { body } = await stack.ask("GET", `/v1/audit/${replayed.decision}`, { as: "olga" });
    expect(body.entry.outcome).toMatchObject({ status: "failed", code: "envelope-replayed" });
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.readyWithoutMmf();
    expect((await send({ envelopes: [header] })).code).toBe("stale-instance");
  }, 30_000);

  it("is accepted after any number of refused ones with its very nonce: they leave no trace", async () => {
    const header = await seal();
    const [head, tail = ""] = header.split(".");
    const broken = `${head}.${tail.startsWith("A") ? "B" : "A"}${tail.slice(1)}`;
    for (let n = 0; n < 50; n += 1)
      expect((await send({ envelopes: [broken] })).code).toBe("envelope-signature");
    expect((await send({ envelopes: [header] })).status).toBe(201);
  });
});
