import { spawn } from "node:child_process";
import { join } from "node:path";
import type { AroundStore, BackupReport, MigrateReport, RestoreReport } from "../domain/around-store.ts";
import type { Ceremony } from "../domain/bootstrap.ts";
import { CliError } from "../domain/error.ts";
import type { Needs } from "../domain/needs.ts";
import type { StoreGlance } from "../domain/store-glance.ts";
import type { StoreReport, VerifyStore } from "../domain/store-report.ts";
import { lastWord } from "./processes.ts";

export interface NexusPlace {
  readonly apps: string;
  readonly env: NodeJS.ProcessEnv;
  readonly set: readonly string[];
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of Codex Nexus to its end; the store's own process is the only one that opens its database. */
function run(
  place: NexusPlace,
  args: readonly string[],
  input: string,
  heard: (chunk: string) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(place.apps, "codex-nexus/dist/codex-nexus.js"),
        ...args,
        ...place.set.flatMap((pair) => ["--set", pair]),
      ],
      { stdio: ["pipe", "pipe", "pipe"], env: place.env, windowsHide: true },
    );
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      heard(chunk);
    });
    // A child that ends before it has read everything closes the pipe; its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The store's half of the bootstrap ceremony. */
export function genesisWriter(place: NexusPlace): Ceremony["genesis"] {
  return async (home, input) => {
    const ended = await run(place, ["bootstrap", "--home", home], JSON.stringify(input));
    if (ended.code !== 0) throw failure("bootstrap-failed", ended);
    return JSON.parse(ended.stdout) as { genesisHash: string };
  };
}

type Console = Pick<Needs, "say" | "progress">;

/** How far long work is, or that a verification was interrupted, as it says on standard error. */
const PROGRESS =
  /^(?:(verified|read) (\d+)(?: of (\d+))? (records|lines),|an interrupted verification left ).*$/gm;

/** Tells the console what the store's program says of how far it is. */
export function toldBy({ say, progress }: Console): (chunk: string) => void {
  return (chunk) => {
    for (const [line, did, done, total, what] of chunk.matchAll(PROGRESS))
      if (done === undefined) say(line);
      else
        progress({
          ...{ what: `${what} ${did}`, done: Number(done) },
          ...(total === undefined ? {} : { total: Number(total) }),
        });
  };
}

/** The store's own check of a data folder: of this runtime, or of a copy. The console is told how far a long one is. */
export function storeVerifier(place: NexusPlace, home: string, console: Console): VerifyStore {
  return async ({ data, from, resume, keyless }) => {
    const ended = await run(
      place,
      [
        "verify",
        "--home",
        home,
        ...(data === undefined ? [] : ["--data", data]),
        ...(from === undefined ? [] : ["--from", from]),
        ...(resume === undefined ? [] : ["--resume", resume]),
        ...(keyless ? ["--keyless"] : []),
      ],
      "",
      toldBy(console),
    );
    if (ended.code !== 0 && ended.code !== 1) throw failure("verify-not-run", ended);
    try {
      return JSON.parse(ended.stdout) as StoreReport;
    } catch {
      throw failure("verify-not-run", ended);
    }
  };
}

/** A glance at the store of a home, which opens no key. Throws `store-not-examined` when the store's program cannot say. */
export async function glanceStore(place: NexusPlace, home: string): Promise<StoreGlance> {
  const ended = await run(place, ["inspect", "--home", home], "");
  if (ended.code !== 0) throw failure("store-not-examined", ended);
  return JSON.parse(ended.stdout) as StoreGlance;
}

/**
 * The commands around the store: backup beside a running service, restore and migrate of a stopped one. The console is told
 * how far a long one is.
 */
export function aroundStore(place: NexusPlace, home: string, console: Console): AroundStore {
  const report = async (args: readonly string[]) => {
    const ended = await run(place, [...args, "--home", home], "", toldBy(console));
    if (ended.code !== 0) throw failure("store-refused", ended);
    return JSON.parse(ended.stdout) as unknown;
  };
  return {
    backup: async (file, since) =>
      (await report([
        ...["backup", "--file", file],
        ...(since === undefined ? [] : ["--since", since]),
      ])) as BackupReport,
    restore: async (file, { segments, exported }) =>
      (await report([
        ...["restore", "--file", file],
        ...segments.flatMap((segment) => ["--segment", segment]),
        ...(exported === undefined ? [] : ["--export", exported]),
      ])) as RestoreReport,
    migrate: async (file, dryRun) =>
      (await report(["migrate", "--file", file, ...(dryRun ? ["--dry-run"] : [])])) as MigrateReport,
  };
}

function failure(
  code: "bootstrap-failed" | "verify-not-run" | "store-refused" | "store-not-examined",
  ended: Ended,
): CliError {
  const last = lastWord(ended.stderr.replace(PROGRESS, ""));
  return new CliError(
    code,
    last === undefined
      ? `codex-nexus ended with ${ended.signal === null ? `exit code ${ended.code}` : `signal ${ended.signal}`}`
      : `codex-nexus: ${last.code}: ${last.message}`,
    last?.remedy ?? "`sigil doctor` checks this runtime.",
  );
}
