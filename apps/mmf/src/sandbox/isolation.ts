import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { MmfError } from "../domain/error.ts";
import type { RunnerFiles } from "./paths.ts";

export type Isolation = "process" | "strict";

/** V8's heap of a runner; the guest's memory lies outside it, in WebAssembly. MiB. */
const RUNNER_HEAP_MIB = 96;

/** Where bubblewrap is, or undefined. Linux only. */
export function findBubblewrap(path = process.env.PATH ?? ""): string | undefined {
  if (process.platform !== "linux") return undefined;
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, "bwrap");
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The command line of a runner: Node with its permission model, and no code from strings in V8 either. */
export function runnerCommand(
  files: RunnerFiles,
  isolation: Isolation,
  bubblewrap: string | undefined,
): string[] {
  const node = [
    process.execPath,
    "--permission",
    ...files.readable.map((file) => `--allow-fs-read=${file}`),
    `--max-old-space-size=${RUNNER_HEAP_MIB}`,
    "--disallow-code-generation-from-strings",
    "--no-warnings",
    files.entry,
    files.wasm,
  ];
  if (isolation === "process") return node;
  if (bubblewrap === undefined) {
    throw new MmfError(
      "isolation-unavailable",
      'mmf.isolation is "strict" and bubblewrap (bwrap) is not on PATH; install it, or set mmf.isolation = "process" and read docs/threat-model',
    );
  }
  return [bubblewrap, ...bubblewrapArguments(files), ...node];
}

/** Own namespaces for everything (so no network), no capability, and of the disk only libraries, Node and the runner's files, read-only. */
export function bubblewrapArguments(files: RunnerFiles): string[] {
  const bind = (path: string) => ["--ro-bind", path, path];
  return [
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--hostname",
    "runner",
    "--clearenv",
    "--cap-drop",
    "ALL",
    ...["/lib", "/lib64", "/usr/lib", "/usr/lib64"].flatMap((path) => ["--ro-bind-try", path, path]),
    ...bind(process.execPath),
    ...files.readable.flatMap(bind),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    // What bubblewrap makes of its own for the root can be written until then.
    "--remount-ro",
    "/",
  ];
}
