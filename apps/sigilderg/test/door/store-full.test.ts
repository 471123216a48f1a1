import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runService } from "../processes.ts";
import { Stack } from "../stack.ts";

const write = (stack: Stack, text: string) =>
  stack.ask("POST", "/v1/memory", { as: "alice", body: { kind: "episodic", text, tags: ["full"] } });

/** Texts of everything that alice has written, over all pages. */
async function texts(stack: Stack): Promise<Set<string>> {
  const found = new Set<string>();
  let cursor = "";
  do {
    const { body } = await stack.ask("GET", `/v1/memory?limit=200${cursor}`, { as: "alice" });
    for (const { text } of body.blocks as { text: string }[]) found.add(text.slice(0, 32));
    cursor = body.next === null ? "" : `&cursor=${encodeURIComponent(body.next)}`;
  } while (cursor !== "");
  return found;
}

describe("a store whose queue is full", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({
      people: { alice: "Operator" },
      services: ["codex-nexus", "sigilderg"],
      settings: ["codex_nexus.queue_limit=4"],
    });
    await stack.readyWithoutMmf();
  }, 60_000);
  afterAll(() => stack?.close());

  it("refuses what has no room with 503 and a time to come back, keeps what it acknowledged, and goes on by itself", async () => {
    // What arrives while the process stands still is read together.
    stack.signal("codex-nexus", "SIGSTOP");
    const asked = Array.from({ length: 24 }, (_, n) => write(stack, `queued ${n}`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    stack.signal("codex-nexus", "SIGCONT");
    const answers = await Promise.all(asked);
    const refused = answers.filter(({ status }) => status !== 201);
    const kinds = new Set(
      refused.map(({ status, body, headers }) => `${status} ${body.code} ${headers.get("retry-after")}`),
    );
    expect([...kinds]).toEqual(["503 audit-unavailable 1"]);
    expect(refused[0]?.body.detail).toContain("queue-full");
    expect(refused[0]?.body.decisionId).toBeUndefined();
    await stack.readyWithoutMmf();
    const landed = [...answers.entries()].filter(([, { status }]) => status === 201);
    expect(await texts(stack)).toEqual(new Set(landed.map(([n]) => `queued ${n}`)));
    expect((await write(stack, "afterwards")).status).toBe(201);
  });
});

/** Fills the disk of `file` to its last block. */
function takeTheRest(file: string): void {
  const { bavail, bsize } = statfsSync(dirname(file));
  appendFileSync(file, Buffer.alloc(bavail * bsize));
}

/** Why no small disk can be made here; undefined when one can. */
function noSmallDisk(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "only root on Linux may mount a tmpfs";
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `a tmpfs cannot be mounted: ${String(error).split("\n")[0]}`;
  }
}

const reason = noSmallDisk();
if (reason !== undefined) console.warn(`store-full: the test of a full disk is skipped: ${reason}`);

describe.skipIf(reason !== undefined)("a disk that is full", () => {
  let stack: Stack;
  let data: string;
  beforeAll(async () => {
    stack = await Stack.start({ people: { alice: "Operator" }, services: [] });
    data = join(stack.home.path, "data");
    cpSync(data, `${data}-before`, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", data]);
    cpSync(`${data}-before`, data, { recursive: true });
    for (const service of ["codex-nexus", "sigilderg"]) await stack.serve(service);
    await stack.readyWithoutMmf();
  }, 60_000);
  afterAll(async () => {
    for (const service of ["sigilderg", "codex-nexus"]) await stack?.stopService(service);
    if (data !== undefined) execFileSync("umount", [data]);
    await stack?.close();
  });

  it("is named in the refusal, leaves nothing half-written, and is forgotten when there is room again", async () => {
    const filler = join(data, "filler");
    const landed = new Set<string>();
    let refused = await write(stack, "note 0");
    for (let n = 1; refused.status === 201 && n < 60; n += 1) {
      landed.add(`note ${n - 1}`);
      takeTheRest(filler);
      refused = await write(stack, `note ${n}`);
    }
    expect([refused.status, refused.body.code]).toEqual([503, "audit-unavailable"]);
    expect(refused.body.detail).toContain("store-unwritable");
    expect(refused.headers.get("retry-after")).toMatch(/^[1-9]/);
    expect(refused.body.decisionId).toBeUndefined();
    await stack.redFor("codex-nexus-not-ready");
    const { body } = await stack.ask("GET", "/readyz");
    expect(JSON.stringify(body)).toMatch(/store-unwritable: commits fail since 20.* (SQLITE_FULL|ENOSPC)/);
    // What may be read is recorded too, a moment later: then the door says that it cannot be, and allows nothing more.
    await stack.ask("GET", "/v1/memory", { as: "alice" });
    await stack.redFor("audit-unavailable");
    expect((await stack.ask("GET", "/v1/memory", { as: "alice" })).body.code).toBe("audit-unavailable");
    rmSync(filler);
    await stack.readyWithoutMmf();
    expect(await texts(stack)).toEqual(landed);
    expect((await write(stack, "there is room")).status).toBe(201);
    for (const service of ["sigilderg", "codex-nexus"]) await stack.stopService(service);
    const report = await runService("codex-nexus", ["verify", "--home", stack.home.path]);
    expect(JSON.parse(report.trim().split("\n").at(-1) ?? "")).toMatchObject({ ok: true });
  }, 60_000);
});
