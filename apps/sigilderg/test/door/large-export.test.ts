import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type Json, newSalt, type RecordDraft, verifyBundle } from "@sigil/canon";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

/** More than the greatest answer that the door holds whole. */
const COUNT = 36;
const MiB = 1024 * 1024;

let stack: Stack;
let ids: string[];
beforeAll(async () => {
  stack = await Stack.start({
    people: { rita: "Root", rolf: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
  const drafts = Array.from({ length: COUNT }, () => large("rita"));
  await write(drafts);
  ids = drafts.map(({ id }) => id);
}, 120_000);
afterAll(() => stack?.close());

/** Straight into the store, as the door would after as many runs. */
async function write(drafts: readonly RecordDraft[]): Promise<void> {
  const store = stack.client("codex-nexus");
  for (let at = 0; at < drafts.length; at += 8) {
    const records = drafts.slice(at, at + 8) as unknown as Json;
    const ctx = { principal: "rita", loa: "Root", decision: uuidv7() } as const;
    await store.request({ method: "POST", path: "/v1/records", body: { records }, ctx, timeoutMs: 60_000 });
  }
  await store.close();
}

/** What a run was given, about 1 MB of it. */
function large(principal: string): RecordDraft {
  const run = uuidv7();
  return {
    id: uuidv7(),
    kind: "run.input",
    space: "user",
    stream: `run/${run}`,
    loa: "Observer",
    author: { principal, loa: "Root", run, module: "large" },
    links: [],
    salt: newSalt(),
    payload: { module: "large", digest: `sha256:${"0".repeat(64)}`, input: { text: "x".repeat(1_000_000) } },
  };
}

/** A caller that asks for the export, and reads nothing of what comes before it is told to. */
async function slowCaller(of = ids): Promise<{ socket: Socket; read: () => Promise<string> }> {
  const body = JSON.stringify({ ids: of });
  const head = [
    "POST /v1/canon/export HTTP/1.1",
    "Host: 127.0.0.1",
    `Authorization: Bearer ${await stack.licence("rita")}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  const socket = connect(stack.ports.sigilderg, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  await once(socket, "readable");
  const read = async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("latin1");
  };
  return { socket, read };
}

/** Greatest resident size that the door has had, in bytes. */
function highWater(): number {
  const status = readFileSync(`/proc/${stack.pid("sigilderg")}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function openExports(): Promise<number> {
  const { body } = await stack.ask("GET", "/metrics", { as: "rolf" });
  return Number(/^sigil_exports_open\S* (\d+)$/m.exec(body)?.[1]);
}

async function allEnded(): Promise<void> {
  for (const end = Date.now() + 20_000; (await openExports()) !== 0; ) {
    if (Date.now() > end) throw new Error("an export stayed open");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const whole = /\r\n0\r\n\r\n$/;

describe("a listing of 36 MB", () => {
  it("comes in pages that a caller reads, each with a cursor that goes on, and passes over nothing", async () => {
    const found: string[] = [];
    let cursor = "";
    let pages = 0;
    do {
      const path = `/v1/canon?kind=run.input&limit=200${cursor}`;
      const { status, body } = await stack.ask("GET", path, { as: "rita" });
      expect(status, JSON.stringify(body).slice(0, 200)).toBe(200);
      expect(JSON.stringify(body).length).toBeLessThan(20 * MiB);
      for (const { signed } of body.records) found.push(signed.record.id);
      cursor = body.next === null ? "" : `&cursor=${encodeURIComponent(body.next)}`;
      pages += 1;
    } while (cursor !== "");
    expect(pages).toBeGreaterThan(2);
    expect(found.toReversed()).toEqual(ids);
  }, 60_000);
});

describe("an export of 36 MB", () => {
  it("verifies under the trust file", async () => {
    const { status, body } = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids } });
    expect(status).toBe(200);
    const report = verifyBundle(body, stack.trust);
    expect(report).toMatchObject({ verdict: "verified" });
    expect(report.entries.map((entry) => entry.id)).toEqual(ids);
  }, 60_000);

  // Held whole it would be there as bytes, as text, as a value and as text again: four times its size at least.
  it.skipIf(process.platform !== "linux")(
    "does not grow the door by twice its size while a slow caller reads it, and arrives whole",
    async () => {
      await stack.stopService("sigilderg");
      await stack.serve("sigilderg");
      await stack.readyWithoutMmf();
      const first = { as: "rita", body: { ids: ids.slice(0, 1) } };
      expect(await stack.ask("POST", "/v1/canon/export", first)).toMatchObject({ status: 200 });
      const before = highWater();
      const { read } = await slowCaller();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      // Nothing of an answer that is held whole leaves before all of it is there.
      expect((highWater() - before) / MiB).toBeLessThan(2 * COUNT);
      const answer = await read();
      expect(answer.match(/x{1000000}/g)).toHaveLength(COUNT);
      expect(answer).toMatch(whole);
      await allEnded();
    },
    60_000,
  );

  it("is one of four at a time: a fifth is 503, and a caller that goes away makes room", async () => {
    // Half as large: more than the sockets hold, and no store that is too busy with four of them to be asked how it is.
    const half = ids.slice(0, COUNT / 2);
    const callers = await Promise.all([half, half, half, half].map((of) => slowCaller(of)));
    expect(await openExports()).toBe(4);
    const fifth = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids } });
    expect([fifth.status, fifth.body.code]).toEqual([503, "exports-full"]);
    expect(Number(fifth.headers.get("retry-after"))).toBeGreaterThan(0);
    for (const { socket } of callers) socket.destroy();
    await allEnded();
    const again = { as: "rita", body: { ids: ids.slice(0, 2) } };
    expect(await stack.ask("POST", "/v1/canon/export", again)).toMatchObject({ status: 200 });
  }, 60_000);

  it("breaks off, and says so by no end, when the store dies while it is read", async () => {
    const { read } = await slowCaller();
    await stack.stopService("codex-nexus", "SIGKILL");
    const answer = await read();
    expect(answer).toContain("HTTP/1.1 200");
    expect(answer).not.toMatch(whole);
    await stack.serve("codex-nexus");
    await stack.readyWithoutMmf();
  }, 60_000);

  it("breaks off when the licence that it was admitted with is revoked", async () => {
    const { read } = await slowCaller();
    const { jti } = stack.claimsOf("rita");
    const revoked = await stack.ask("POST", `/v1/licences/${jti}/revocation`, {
      as: "rolf",
      body: { reason: "a test" },
    });
    expect(revoked.status).toBe(201);
    expect(await read()).not.toMatch(whole);
    await allEnded();
  }, 60_000);
});

describe("an export of more than a verifier reads", () => {
  it("is refused by its size before anything of it leaves", async () => {
    const drafts = Array.from({ length: COUNT }, () => large("rolf"));
    await write(drafts);
    const more = drafts.map(({ id }) => id);
    const answer = await stack.ask("POST", "/v1/canon/export", {
      as: "rolf",
      body: { ids: [...ids, ...more] },
    });
    expect([answer.status, answer.body.code]).toEqual([413, "export-too-large"]);
    const explained = await stack.ask("GET", `/v1/decisions/${answer.body.decisionId}`, { as: "rolf" });
    expect(explained.body).toMatchObject({ outcome: { status: "failed", code: "export-too-large" } });
  }, 60_000);
});
