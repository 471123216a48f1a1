import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Every call by which a store changes what is on disk: the database, its log, its lock and its anchor. */
export const WRITE_PATH = [
  "openat",
  "pwrite64",
  "write",
  "fsync",
  "fdatasync",
  "ftruncate",
  "rename",
  "unlink",
] as const;

export type WriteCall = (typeof WRITE_PATH)[number];

/** Undefined when strace can trace here; else the reason why not. */
export function straceMissing(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]);
  if (error !== undefined) return `strace does not run here: ${error.message}`;
  return status === 0 ? undefined : `strace cannot trace here: ${stderr.toString().trim()}`;
}

function storePaths(home: string): string[] {
  const data = [
    "nexus.db",
    "nexus.db-wal",
    "nexus.db-shm",
    "nexus.lock",
    "nexus.lock-journal",
    "nexus.lock.owner",
  ];
  const anchor = ["anchor", "anchor/checkpoint", "anchor/checkpoint.next"];
  return [...data.map((file) => join(home, "data", file)), ...anchor.map((file) => join(home, file))];
}

/** What a rotation changes in a home beside the store. */
export function keyPaths(home: string): string[] {
  const keys = ["record", "log"].flatMap((role) => [
    `${role}.key`,
    `${role}.next.key`,
    `${role}.next.key.partial`,
  ]);
  const lists = ["trust.json", "keys/registry.json"].flatMap((file) => [file, `${file}.partial`]);
  const folders = ["", "keys", "keys/codex-nexus"];
  return [...keys.map((file) => `keys/codex-nexus/${file}`), ...lists, ...folders].map((file) =>
    join(home, file),
  );
}

/**
 * The command around a subject that does `what` at the `nth` of these calls on the store's own files, each thread
 * counting for itself, or on other `files`. `what` is strace's word: `signal=KILL`, `error=EIO`; with `onwards`, at every later one too.
 */
export function injecting(
  home: string,
  call: WriteCall,
  what: string,
  nth: number,
  onwards = false,
  files: readonly string[] = storePaths(home),
): readonly string[] {
  const paths = files.flatMap((path) => ["-P", path]);
  const inject = `inject=${call}:${what}:when=${nth}${onwards ? "+" : ""}`;
  return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject, ...paths];
}

/** The command around a subject that writes down what it wrote, synced and said, in order. */
export function recording(file: string): readonly string[] {
  const calls = "trace=pwrite64,fsync,fdatasync,write";
  return ["strace", "-f", "-qq", "-y", "-s", "40", "-o", file, "-e", calls];
}
