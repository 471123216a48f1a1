import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "@sigil/canon";
import { actionRow, HOST_CALLS } from "@sigil/policy";
import { ENGINE_ID, readManifest, sealPackage } from "@sigil/wire/module-package";
import { HostCalls } from "../../../../apps/mmf/src/domain/host-calls.ts";
import type { HostDoor } from "../../../../apps/mmf/src/domain/host-door.ts";
import { runLimits } from "../../../../apps/mmf/src/domain/limits.ts";
import type { Module } from "../../../../apps/mmf/src/domain/module.ts";
import type { SandboxOutcome } from "../../../../apps/mmf/src/domain/sandbox.ts";
import type { RunnerFiles } from "../../../../apps/mmf/src/sandbox/paths.ts";
import { RunnerPool } from "../../../../apps/mmf/src/sandbox/pool.ts";

const dist = join(import.meta.dirname, "../../../../apps/mmf/dist");

/** The runner as it is shipped. */
const RUNNER: RunnerFiles = {
  entry: join(dist, "runner.js"),
  wasm: join(dist, "quickjs.wasm"),
  readable: [join(dist, "runner.js"), join(dist, "quickjs.wasm")],
};
export const BUILT_IN = join(dist, "modules");

/** The module of these benchmarks: one host call, one small output. */
export const CODE = `export default { async run(input, ctx) {
  const { items } = await ctx.memory.list({ limit: 1 });
  return { context: [{ ref: items[0].ref }], reasoning: input.name + " asked for one block", suggestion: "none", verdict: "Allow", confidence: 1 };
} };`;

const capabilities = [{ name: "memory.list", scope: {} }];
const levels = Object.fromEntries(HOST_CALLS.map(({ action }) => [action, actionRow(action).least]));
/** What answers host calls at once: the control plane is not what is measured here. */
const door: HostDoor = {
  call: async () => ({ ok: true, result: { items: [{ ref: "m-1", text: "a block" }] } }),
};

/** A module of this code as an installed one. */
export function moduleOf(code: string, limits = {}): Module {
  const files = sealPackage(
    {
      ...{ id: "bench", version: "1.0.0", engine: ENGINE_ID, entry: "dist/module.js", licence: "Apache-2.0" },
      ...{ input: {}, capabilities, limits },
    },
    new Map([["dist/module.js", new TextEncoder().encode(code)]]),
  );
  return { manifest: readManifest(files.get("sigil.module.json") ?? new Uint8Array()), code } as Module;
}

export interface Bench {
  readonly pool: RunnerPool;
  /** One run, its host calls held against manifest, grant and level; throws unless it ends as it should. */
  run(module: Module, input?: Json, answers?: HostDoor): Promise<SandboxOutcome>;
  close(): Promise<void>;
}

let count = 0;

export async function bench(runners: number, warm: readonly Module[]): Promise<Bench> {
  const modules = warm.map(({ manifest, code }) => ({
    digest: manifest.digest,
    code,
    limits: manifest.limits,
  }));
  const pool = new RunnerPool({
    ...{ runners, isolation: "process", files: RUNNER, queue: 1024 },
    ...{ warm: { publisher: "bench", modules }, strangers: false },
  });
  await pool.ready();
  return {
    pool,
    async run({ manifest, code }, input = { name: "bench" }, answers = door) {
      const run = `run-${++count}`;
      const limits = runLimits(manifest.limits);
      const granted = manifest.capabilities;
      const host = new HostCalls(
        { run, manifest, granted, loa: "Operator", levels, limits, grant: "" },
        answers,
      );
      return await pool.run({
        ...{ run, digest: manifest.digest, publisher: "bench", code, limits },
        ...{ input: JSON.stringify(input), now: 1_764_072_000_000 },
        call: (seq, method, args) => host.call(seq, method, args),
      });
    },
    close: () => pool.close(),
  };
}

/** Throws unless the run gave an output. */
export async function done(outcome: Promise<SandboxOutcome>): Promise<void> {
  const ended = await outcome;
  if (!ended.ok) throw new Error(`a run of the benchmark ended as ${ended.code}: ${ended.message}`);
}

/** A folder with these files. */
export function folderOf(files: Readonly<Record<string, string>>): {
  at: (name: string) => string;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "sigil-bench-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return {
    at: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
