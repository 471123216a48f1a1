import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Json, newSalt } from "@sigil/canon";
import { randomBytes, Secret } from "@sigil/crypto";
import type { Authority } from "@sigil/wire";
import Database from "better-sqlite3";
import { v7 as uuidv7 } from "uuid";
import { afterEach, describe, expect, test } from "vitest";
import { WHOLE } from "../src/domain/verify/prefix.ts";
import { takeRange } from "../src/domain/verify/range-work.ts";
import { RANGE_LEVEL, roomFor } from "../src/domain/verify/ranges.ts";
import { wholeBundle } from "./support/bundle.ts";
import { entry, genesisOf, memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bundledProgram, command, Served, VERIFY_THREAD } from "./support/process.ts";
import { bootstrapped, pinnedOf } from "./support/store.ts";

bundledProgram();
const homes: TestHome[] = [];
const running: Served[] = [];
afterEach(async () => {
  for (const served of running.splice(0)) await served.stop("SIGKILL");
  for (const home of homes.splice(0)) home.remove();
});

function newHome(): TestHome {
  const home = temporaryHome();
  homes.push(home);
  return home;
}

async function bootstrap(home: TestHome, records = [entry("unwrap", "Do not unwrap.")]) {
  return command(home, ["bootstrap"], JSON.stringify({ genesis: genesisOf(home), records }));
}

/** The same store, made in this process. */
const founded = (home: TestHome) => bootstrapped(home, [entry("unwrap", "Do not unwrap.")]);

async function serve(home: TestHome): Promise<Served> {
  const served = await Served.start(home);
  running.push(served);
  return served;
}

const ctx: Authority = { principal: "alice", loa: "Operator", decision: uuidv7() };

function write(served: Served, text: string) {
  const records = [memory(text)] as unknown as Json;
  return served.client.request({ method: "POST", path: "/v1/records", body: { records }, ctx });
}

const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
const codeOf = (stderr: string) => JSON.parse(stderr.trim().split("\n").at(-1) ?? "{}").code;

describe("bootstrap", () => {
  test("writes genesis and its records into an empty home, once", async () => {
    const home = newHome();
    const first = await bootstrap(home);
    expect({ ...first, stdout: "" }).toEqual({ code: 0, stdout: "", stderr: "" });
    const answer = JSON.parse(first.stdout);
    expect(answer.records.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    expect(answer.genesisHash).toBe(answer.records[0].hash);
    expect(readFileSync(home.anchor, "utf8")).toBe(answer.checkpoint);
    expect(statSync(join(home.data, "nexus.db")).mode & 0o077).toBe(0);
    const before = digest(join(home.data, "nexus.db"));
    const second = await bootstrap(home);
    expect(second).toMatchObject({ code: 78, stdout: "" });
    expect(codeOf(second.stderr)).toBe("store-not-empty");
    expect(digest(join(home.data, "nexus.db"))).toBe(before);
  });

  test("is refused where an anchor remembers an earlier log", async () => {
    const home = newHome();
    await bootstrap(home);
    rmSync(home.data, { recursive: true });
    expect(codeOf((await bootstrap(home)).stderr)).toBe("store-not-empty");
  });

  test.each([
    ["not JSON", "{"],
    ["an unknown field", JSON.stringify({ genesis: {}, records: [], more: 1 })],
    ["a genesis without its fields", JSON.stringify({ genesis: {}, records: [] })],
    ["a draft that is none", JSON.stringify({ genesis: {}, records: [{ id: 1 }] })],
  ])("refuses %s by name and writes nothing", async (_, input) => {
    const home = newHome();
    const { code, stderr } = await command(home, ["bootstrap"], input);
    expect([code, codeOf(stderr)]).toEqual([78, "bootstrap-invalid"]);
    expect(existsSync(home.anchor)).toBe(false);
  });

  test("refuses a draft whose payload is not of its kind and leaves an empty store", async () => {
    const home = newHome();
    const bad = { ...entry("unwrap", "x"), payload: { slug: "unwrap" }, salt: newSalt() };
    expect(codeOf((await bootstrap(home, [bad])).stderr)).toBe("bootstrap-invalid");
    expect((await bootstrap(home)).code).toBe(0);
  });
});

describe("serve", () => {
  test("is refused without a store, and leaves the folder as it was", async () => {
    const home = newHome();
    mkdirSync(home.data);
    const { code, stderr } = await command(home, ["serve"]);
    expect([code, codeOf(stderr)]).toEqual([78, "store-missing"]);
    expect(existsSync(join(home.data, "nexus.lock"))).toBe(false);
  });

  test("the wrong root key is refused and the database file stays as it was, byte for byte", async () => {
    const home = newHome();
    await founded(home);
    const before = digest(join(home.data, "nexus.db"));
    home.replaceRoot(Secret.from(randomBytes(32)));
    const { code, stderr } = await command(home, ["serve"]);
    expect([code, codeOf(stderr)]).toEqual([78, "root-key-wrong"]);
    expect(digest(join(home.data, "nexus.db"))).toBe(before);
    expect((await command(home, ["verify"])).code).toBe(2);
  });

  test("a second process on the same store is refused and told the pid of the first", async () => {
    const home = newHome();
    await founded(home);
    const first = await serve(home);
    const { code, stderr } = await command(home, ["serve"]);
    expect([code, codeOf(stderr)]).toEqual([78, "store-locked"]);
    expect(stderr).toContain(`pid ${first.child.pid}`);
    expect((await write(first, "still here")).status).toBe(201);
    // The lock is the operating system's: it does not outlive its process, however that ends.
    await first.stop("SIGKILL");
    expect((await write(await serve(home), "after the kill")).status).toBe(201);
  });

  test("answers nobody but SigilDERG's key, and health to everybody", async () => {
    const home = newHome();
    await founded(home);
    const { address } = await serve(home);
    const status = async (path: string, init?: RequestInit) =>
      (await fetch(`${address}${path}`, init)).status;
    expect(await status("/healthz")).toBe(200);
    expect(await status("/readyz")).toBe(200);
    expect(await status("/v1/checkpoint")).toBe(401);
    expect(await status("/metrics")).toBe(401);
    const body = JSON.stringify({ ids: [uuidv7()] });
    const headers = { "content-type": "application/json" };
    expect(await status("/v1/bundle", { method: "POST", body, headers })).toBe(401);
  });

  test("stores, reads, lists and proves over HTTP", async () => {
    const home = newHome();
    await founded(home);
    const { client } = await serve(home);
    const draft = memory("over the wire");
    const known = await client.request({ method: "GET", path: "/v1/checkpoint" });
    const { size, root } = known.body as { size: number; root: string };
    const records = [draft] as unknown as Json;
    const appended = await client.request({
      method: "POST",
      path: "/v1/records",
      body: { records, known: { size, root } },
      ctx,
    });
    expect(appended.body).toMatchObject({ size: size + 1, replayed: false });
    const one = await client.request({ method: "GET", path: `/v1/records/${draft.id}`, ctx });
    expect(one.body).toMatchObject({ index: size, signed: { record: { id: draft.id } } });
    const query = { stream: "memory/alice", order: "desc", limit: 10 };
    const page = await client.request({ method: "POST", path: "/v1/records/query", body: query, ctx });
    expect(page.body).toMatchObject({ records: [{ index: size }], next: null });
    const frames = client.stream("codex-nexus POST /v1/bundle", { body: { ids: [draft.id] }, ctx });
    expect(await wholeBundle(frames)).toMatchObject({
      type: "sigil-proof-bundle",
      entries: [{ index: size }],
    });
    const guest = { ...ctx, loa: "Guest" as const };
    await expect(
      client.request({ method: "GET", path: `/v1/records/${draft.id}`, ctx: guest }),
    ).rejects.toMatchObject({
      problem: { code: "not-found", status: 404 },
    });
  });

  test("shows its metrics to SigilDERG: what landed, what waits, how big the log is, and what did not verify", async () => {
    const home = newHome();
    await founded(home);
    const served = await serve(home);
    await write(served, "counted");
    const damaged = memory("damaged");
    const records = [damaged] as unknown as Json;
    await served.client.request({ method: "POST", path: "/v1/records", body: { records }, ctx });
    const database = new Database(join(home.data, "nexus.db"));
    database.prepare("UPDATE leaves SET ct = zeroblob(200) WHERE id = ?").run(damaged.id);
    database.close();
    const read = served.client.request({ method: "GET", path: `/v1/records/${damaged.id}`, ctx });
    await expect(read).rejects.toMatchObject({ problem: { code: "record-damaged" } });
    const metrics = await served.client.request({ method: "GET", path: "/metrics" });
    const valueAt = (name: string, label = "") =>
      Number(new RegExp(`^${name}\\{[^}]*${label}[^}]*\\} (\\S+)$`, "m").exec(String(metrics.body))?.[1]);
    expect(valueAt("sigil_store_records")).toBe(4);
    expect(valueAt("sigil_store_batch_records_sum")).toBe(2);
    expect(valueAt("sigil_store_commit_duration_seconds_count")).toBe(2);
    expect(valueAt("sigil_store_commit_duration_seconds_sum")).toBeGreaterThan(0);
    expect(valueAt("sigil_store_queued_records")).toBe(0);
    expect(valueAt("sigil_store_anchor_behind_seconds")).toBeLessThan(10);
    expect(valueAt("sigil_store_alarm")).toBe(0);
    expect(valueAt("sigil_store_log_bytes")).toBeGreaterThan(statSync(join(home.data, "nexus.db")).size - 1);
    expect(valueAt("sigil_store_verify_failures_total", 'check="decrypt"')).toBe(1);
  });

  test("every write is a line of the log with what came of it, ids of records and decision, and no word of what they say", async () => {
    const home = newHome();
    await founded(home);
    const served = await serve(home);
    let log = "";
    served.child.stdout?.on("data", (chunk) => (log += chunk));
    const lines = () =>
      log
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line))
        .filter(({ result }) => result !== undefined);
    const { decision } = ctx;
    const draft = memory("canary-in-the-log", { author: { principal: "alice", loa: "Operator", decision } });
    const put = () => {
      const body = { records: [draft] as unknown as Json, idempotency: { principal: "alice", key: "k" } };
      return served.client.request({ method: "POST", path: "/v1/records", body, ctx });
    };
    await put();
    await put();
    const again = served.client.request({
      ...{ method: "POST", path: "/v1/records", body: { records: [draft] as unknown as Json }, ctx },
    });
    await expect(again).rejects.toMatchObject({ problem: { code: "record-id-taken" } });
    await expect.poll(() => lines().length, { timeout: 10_000 }).toBe(3);
    const placed = [{ id: draft.id, index: 2, decision }];
    expect(lines()).toMatchObject([
      { result: "signed", records: placed, decisionId: decision, replayed: false },
      { result: "replayed", records: placed, decisionId: decision, replayed: true },
      {
        result: "refused",
        code: "record-id-taken",
        records: [{ id: draft.id, decision }],
        decisionId: decision,
      },
    ]);
    expect(log).not.toContain("canary-in-the-log");
  });

  test("SIGTERM settles what is queued, brings the anchor to the tip and ends with 0", async () => {
    const home = newHome();
    await founded(home);
    const served = await serve(home);
    const writes = Array.from({ length: 20 }, (_, n) => write(served, `note ${n}`));
    await Promise.race(writes);
    expect(await served.stop()).toBe(0);
    const settled = await Promise.allSettled(writes);
    const stored = settled.filter(({ status }) => status === "fulfilled").length;
    const report = JSON.parse((await command(home, ["verify"])).stdout);
    expect(report).toMatchObject({ ok: true, findings: [] });
    expect(report.size).toBeGreaterThanOrEqual(2 + stored);
    expect(readFileSync(home.anchor, "utf8").split("\n")[1]).toBe(String(report.size));
    expect(existsSync(join(home.data, "nexus.lock.owner"))).toBe(false);
  });
});

describe("a store that is not what its anchor remembers", () => {
  test("an older copy put back opens for its log only, says rollback-detected, and takes no record", async () => {
    const home = newHome();
    await founded(home);
    const older = join(home.folder, "older.db");
    copyFileSync(join(home.data, "nexus.db"), older);
    const first = await serve(home);
    for (let n = 0; n < 3; n += 1) await write(first, `note ${n}`);
    await first.stop();
    copyFileSync(older, join(home.data, "nexus.db"));
    const anchor = readFileSync(home.anchor, "utf8");

    const second = await serve(home);
    const ready = await fetch(`${second.address}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, reasons: [{ code: "rollback-detected" }] });
    await expect(write(second, "refused")).rejects.toMatchObject({ problem: { code: "store-read-only" } });
    const checkpoint = await second.client.request({ method: "GET", path: "/v1/checkpoint" });
    expect(checkpoint.body).toMatchObject({ size: 2 });
    await second.stop();
    expect(readFileSync(home.anchor, "utf8")).toBe(anchor);
    const report = JSON.parse((await command(home, ["verify"])).stdout);
    expect(report.findings).toMatchObject([{ check: "anchor" }]);
  });

  test("a store with records and no anchor is an alarm", async () => {
    const home = newHome();
    await founded(home);
    rmSync(home.anchor);
    const { address } = await serve(home);
    expect(await (await fetch(`${address}/readyz`)).json()).toMatchObject({
      reasons: [{ code: "anchor-missing" }],
    });
    expect(existsSync(home.anchor)).toBe(false);
  });
});

describe("verify", () => {
  test("exits 0 when clean, 1 with findings, 2 when it could not run", async () => {
    const home = newHome();
    await founded(home);
    const clean = await command(home, ["verify"]);
    expect({ ...clean, stdout: "" }).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(clean.stdout)).toMatchObject({ ok: true, keyed: true, records: 2, size: 2 });
    const keyless = await command(home, ["verify", "--keyless"]);
    expect(JSON.parse(keyless.stdout)).toMatchObject({ ok: true, keyed: false });
    rmSync(home.anchor);
    expect((await command(home, ["verify"])).code).toBe(1);
    expect((await command(home, ["verify", "--no-anchor"])).code).toBe(0);
    const nowhere = await command(home, ["verify", "--data", join(home.folder, "nowhere")]);
    expect([nowhere.code, codeOf(nowhere.stderr)]).toEqual([2, "store-missing"]);
  });

  test("from a saved checkpoint looks at what came after it, beside a running service", async () => {
    const home = newHome();
    await founded(home);
    const served = await serve(home);
    const saved = join(home.folder, "saved-checkpoint");
    copyFileSync(home.anchor, saved);
    for (let n = 0; n < 3; n += 1) await write(served, `note ${n}`);
    const since = await command(home, ["verify", "--no-anchor", "--from", saved]);
    expect(JSON.parse(since.stdout)).toMatchObject({ ok: true, from: 2, records: 3, size: 5 });
    const other = newHome();
    await founded(other);
    const foreign = await command(home, ["verify", "--from", other.anchor]);
    expect([foreign.code, foreign.stdout, codeOf(foreign.stderr)]).toEqual([2, "", "checkpoint-foreign"]);
    const nowhere = await command(home, ["verify", "--from", join(home.folder, "nowhere")]);
    expect([nowhere.code, codeOf(nowhere.stderr)]).toEqual([2, "checkpoint-unreadable"]);
  });
});

test("the bundled thread of verify answers for the range that it takes, with keys and without", async () => {
  const home = newHome();
  await founded(home);
  const first = expect.objectContaining({ index: 1, kind: "canon.entry" });
  for (const { root, facts } of [
    { root: undefined, facts: [] },
    { root: home.keys.root.reveal(), facts: [first] },
  ]) {
    const next = new Int32Array(new SharedArrayBuffer(4));
    const span = { prefix: WHOLE, size: 2, level: RANGE_LEVEL };
    const [file, pinned] = [join(home.data, "nexus.db"), pinnedOf(home)];
    const workerData = {
      file,
      origin: home.origin,
      pinned,
      root,
      span,
      shared: roomFor(span),
      next,
    };
    const thread = new Worker(VERIFY_THREAD, { workerData });
    const exited = once(thread, "exit");
    const [answer] = await once(thread, "message");
    expect(answer).toEqual({ range: 0, verdict: { sound: true, open: [0], facts } });
    await exited;
    expect(takeRange(next, 1)).toBeUndefined();
  }
});
