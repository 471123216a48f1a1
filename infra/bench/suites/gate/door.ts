import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { loadConfigFile, peerClient, readServiceKeys } from "@sigil/service";
import type { ServiceClient } from "@sigil/wire";
import { Pool } from "undici";
import { Runtime, temporaryHome } from "../../../e2e/runtime.ts";
import { type Line, measure, median, quantile, type Scale, shown } from "../../measure.ts";
import { paced } from "./paced.ts";

const RATE = 2_000;
const WIDE = 64;

/** What the door adds to a request, over a bare Hono route and over the store asked directly. */
export async function* atTheDoor(scale: Scale): AsyncGenerator<Line> {
  const { home, remove } = temporaryHome("bench");
  const runtime = await Runtime.start(home);
  const door = new Pool(runtime.url, { connections: WIDE });
  const headers = { authorization: `Bearer ${runtime.licence("operator")}` };
  const get = async (pool: Pool, path: string): Promise<string> => {
    const { statusCode, body } = await pool.request({ method: "GET", path, headers });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`${path} answered ${statusCode}: ${text}`);
    return text;
  };
  const bare = await bareHono(await get(door, "/v1/licence"));
  const bareDoor = new Pool(bare.url, { connections: WIDE });
  const store = storeClient(runtime);
  try {
    yield await added(
      scale,
      {
        case: "gate-added",
        baseline: `a bare Hono route answering the same JSON, both at ${RATE} requests a second; value, p50 and p99 are what is added`,
      },
      atARate,
      () => get(door, "/v1/licence"),
      () => get(bareDoor, "/"),
    );
    yield await measure({
      ...scale,
      suite: "gate",
      case: "gate-closed64",
      baseline: "a bare Hono route answering the same JSON, 64 in flight",
      concurrency: { run: WIDE, baseline: WIDE },
      run: () => get(door, "/v1/licence"),
      runBaseline: () => get(bareDoor, "/"),
    });
    yield* overTheStore(scale, runtime, store, (path) => get(door, path));
  } finally {
    await Promise.all([door.close(), bareDoor.close(), store.close()]);
    bare.child.kill();
    await runtime.stop();
    remove();
  }
}

type Times = (send: () => Promise<unknown>, ms: number) => Promise<number[]>;

const atARate: Times = (send, ms) => paced(send, RATE, ms);

/** One after another. */
const inTurn: Times = async (send, ms) => {
  const times: number[] = [];
  for (const began = performance.now(); performance.now() - began < ms; ) {
    const sent = performance.now();
    await send();
    times.push(performance.now() - sent);
  }
  return times.sort((a, b) => a - b);
};

/** Added latency: the differences of the medians and of the 99th percentiles of neighbouring rounds, in milliseconds. */
async function added(
  { roundMs, rounds }: Scale,
  names: Pick<Line, "case" | "baseline">,
  times: Times,
  send: () => Promise<unknown>,
  sendBare: () => Promise<unknown>,
): Promise<Line> {
  await times(send, roundMs / 2);
  await times(sendBare, roundMs / 2);
  const pairs: { own: number[]; base: number[] }[] = [];
  for (let i = 0; i < rounds; i += 1) {
    process.stderr.write(`\rgate/${names.case}: round ${i + 1} of ${rounds}   `);
    pairs.push({ own: await times(send, roundMs), base: await times(sendBare, roundMs) });
  }
  process.stderr.write("\n");
  const difference = (q: number) =>
    median(pairs.map(({ own, base }) => quantile(own, q) - quantile(base, q)));
  const ratios = pairs.map(({ own, base }) => quantile(own, 0.5) / quantile(base, 0.5));
  return {
    ...{ suite: "gate", unit: "ms", ...names },
    value: shown(difference(0.5)),
    p50: shown(difference(0.5)),
    p99: shown(difference(0.99)),
    baselineValue: shown(median(pairs.map(({ base }) => quantile(base, 0.5)))),
    ratio: shown(median(ratios)),
    spread: [shown(Math.min(...ratios)), shown(Math.max(...ratios))],
    n: pairs.reduce((sum, { own }) => sum + own.length, 0),
  };
}

async function* overTheStore(
  scale: Scale,
  runtime: Runtime,
  store: ServiceClient,
  get: (path: string) => Promise<string>,
): AsyncGenerator<Line> {
  let id = "";
  for (let i = 0; i < 20; i += 1) {
    const memory = { kind: "episodic", text: `A note, the ${i}th.`, tags: ["bench"], visibility: "private" };
    const { status, body, text } = await runtime.door("POST", "/v1/memory", { body: memory });
    if (status !== 201) throw new Error(`POST /v1/memory answered ${status}: ${text}`);
    id = body.id;
  }
  const { sub } = JSON.parse(
    Buffer.from(runtime.licence("operator").split(".")[1] ?? "", "base64url").toString(),
  ) as { sub: string };
  const authority = { principal: sub, loa: "Operator", decision: id } as const;
  yield await added(
    scale,
    {
      case: "hop",
      baseline:
        "the same record asked of Codex Nexus directly, with an envelope; value, p50 and p99 are what is added",
    },
    inTurn,
    () => get(`/v1/memory/${id}`),
    () => store.call("codex-nexus GET /v1/records/:id", { params: { id }, ctx: authority }),
  );
  const query = { kind: "memory.block", order: "desc", limit: 20 } as const;
  yield await measure({
    ...scale,
    suite: "gate",
    case: "list-through-door",
    baseline: "the same page asked of Codex Nexus directly, with envelopes, 8 in flight",
    concurrency: { run: 8, baseline: 8 },
    run: () => get("/v1/memory?limit=20"),
    runBaseline: () => store.call("codex-nexus POST /v1/records/query", { body: query, ctx: authority }),
  });
}

/** A client of the store under SigilDERG's own keys. */
function storeClient(runtime: Runtime): ServiceClient {
  const flags = runtime.flags.filter((flag) => flag.includes("="));
  const { config } = loadConfigFile({ home: runtime.home, env: {}, flags });
  const keys = readServiceKeys(runtime.home, "sigilderg");
  return peerClient({ self: "sigilderg", peer: "codex-nexus", config, keys, connections: 16 });
}

async function bareHono(body: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "bare.ts"), body], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = (await once(child.stdout, "data")) as [Buffer];
  return { url: url.toString().trim(), child };
}
