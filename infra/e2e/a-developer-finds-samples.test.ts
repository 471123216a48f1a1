// `npm run dev` as a developer runs it: a profile of its own, samples, a restart after a change, one command to begin anew.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sigilOf } from "../dev/samples.ts";
import { freePorts, temporaryHome } from "./runtime.ts";

const root = join(import.meta.dirname, "../..");
const { parent, remove } = temporaryHome("dev");
const folder = join(parent, "profile");
let dev: ChildProcess;
let said = "";

/** Waits until `npm run dev` has printed this. */
const says = (what: RegExp) =>
  vi.waitFor(() => expect(said).toMatch(what), { timeout: 100_000, interval: 50 });

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
const sigil = sigilOf(folder, process.env) as (...words: string[]) => Promise<any>;

beforeAll(async () => {
  const ports = await freePorts(3);
  const sets = ["sigilderg", "mmf", "codex_nexus"].flatMap((name, i) => [
    "--set",
    `${name}.port=${ports[i]}`,
  ]);
  dev = spawn(process.execPath, [join(root, "infra/dev/run.ts"), "--folder", folder, ...sets], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [dev.stdout, dev.stderr]) stream?.on("data", (chunk) => (said += chunk));
  await says(/is ready: http/);
}, 120_000);

afterAll(async () => {
  const ended = new Promise((done) => dev.once("exit", done));
  dev.kill("SIGINT");
  await ended;
  remove();
});

describe("a developer", () => {
  it("finds a licence of every level, three witnesses that could form a quorum, memory and a run", async () => {
    const levels = ["guest", "observer", "operator", "mentor", "root"];
    const shown = await Promise.all(
      levels.map((level) => sigil("license", "show", join(folder, `licences/${level}.jwt`))),
    );
    expect(shown.map(({ claims }) => claims.loa.toLowerCase())).toEqual(levels);
    for (const name of ["bea", "cid", "dan"])
      expect(existsSync(join(folder, `witnesses/${name}.key.proof.json`))).toBe(true);
    expect((await sigil("quorum", "status")).mode).toBe("solo");
    expect((await sigil("memory", "list")).blocks).toHaveLength(3);
    expect((await sigil("canon", "list", "--kind", "chain.frozen")).records).toHaveLength(1);
  });

  it("sees a changed source running a moment later, on the same home", async () => {
    const source = join(root, "apps/mmf/src/main.ts");
    utimesSync(source, new Date(), new Date());
    await says(/restarted with mmf in/);
    expect((await sigil("memory", "list")).blocks).toHaveLength(3);
  });
});
