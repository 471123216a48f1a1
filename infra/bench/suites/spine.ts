// The spine through the door: a write, a list and a module run, as a client on this machine sees them.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import Database from "better-sqlite3";
import { Hono } from "hono";
import { Pool } from "undici";
import { Runtime, temporaryHome } from "../../e2e/runtime.ts";
import { type Line, measure, type Scale } from "../measure.ts";

const TEXT =
  "A note of the length that an agent keeps: what was decided, why, and what is still open. ".repeat(4);

export async function* spine(scale: Scale): AsyncGenerator<Line> {
  const folder = mkdtempSync(join(tmpdir(), "sigil-bench-"));
  const { home, remove } = temporaryHome("bench");
  const runtime = await Runtime.start(home);
  const door = new Pool(runtime.url, { connections: 4 });
  const bare = await bareHono();
  const bareDoor = new Pool(bare.url, { connections: 4 });
  const database = plainSqlite(join(folder, "plain.db"));
  const headers = {
    authorization: `Bearer ${runtime.licence("operator")}`,
    "content-type": "application/json",
  };
  const send = async (pool: Pool, method: "GET" | "POST", path: string, body?: unknown) => {
    const response = await pool.request({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300)
      throw new Error(`${method} ${path} answered ${response.statusCode}: ${text}`);
  };
  try {
    const memory = { kind: "episodic", text: TEXT, tags: ["bench"], visibility: "private" };
    yield await measure({
      ...scale,
      suite: "spine",
      case: "memory-write",
      baseline: "better-sqlite3 autocommit insert of the same text, WAL, synchronous=FULL",
      run: () => send(door, "POST", "/v1/memory", memory),
      runBaseline: () => database.insert(JSON.stringify(memory)),
    });
    yield await measure({
      ...scale,
      suite: "spine",
      case: "memory-list-20",
      baseline: "bare Hono route answering the same size of JSON",
      run: () => send(door, "GET", "/v1/memory?limit=20"),
      runBaseline: () => send(bareDoor, "GET", "/"),
    });
    writeFileSync(join(folder, "child.mjs"), "process.stdout.write('{}');");
    yield await measure({
      ...scale,
      suite: "spine",
      case: "module-run-hello",
      baseline: "a new node --permission child that prints an empty object",
      run: () => send(door, "POST", "/v1/modules/hello/runs", { input: { name: "bench" } }),
      runBaseline: () => child(join(folder, "child.mjs")),
    });
  } finally {
    await Promise.all([door.close(), bareDoor.close()]);
    bare.close();
    database.close();
    await runtime.stop();
    remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function child(path: string): Promise<void> {
  return new Promise((resolve, reject) =>
    execFile(process.execPath, ["--permission", `--allow-fs-read=${path}`, path], (error) =>
      error ? reject(error) : resolve(),
    ),
  );
}

async function bareHono(): Promise<{ url: string; close: () => void }> {
  const app = new Hono();
  const items = Array.from({ length: 20 }, (_, i) => ({ id: i, text: TEXT }));
  app.get("/", (context) => context.json({ items }));
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1", createServer });
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

function plainSqlite(path: string): { insert: (text: string) => void; close: () => void } {
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("create table note (id integer primary key, text text not null)");
  const insert = database.prepare("insert into note (text) values (?)");
  return { insert: (text) => insert.run(text), close: () => database.close() };
}
