import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import {
  type Config,
  fatalLine,
  loadConfigFile,
  readKeyRegistry,
  readServiceKeys,
  type ServiceArguments,
} from "@sigil/service";
import { inspectCommand } from "./commands/inspect.ts";
import { type ResumeCommand, verifyCommand } from "./commands/verify.ts";
import { StoreError } from "./domain/error.ts";
import type { Ranges } from "./domain/verify/ranges.ts";
import { pinnedKeys, readTrust, resumePath } from "./home.ts";
import { progressLine } from "./progress.ts";
import { FileAnchor } from "./store/anchor-file.ts";
import { DATABASE } from "./store/exclusive.ts";
import { SqliteInspection } from "./store/inspection.ts";
import { LAYOUT } from "./store/migrations.ts";
import { ThreadedRanges, type ThreadOptions } from "./store/range-threads.ts";
import { FileResume } from "./store/resume-file.ts";

/** Exit codes of `verify`: clean, findings, could not run. */
const EXIT = { clean: 0, findings: 1, failed: 2 } as const;

/** Beside this file: as source, and as a bundle. */
const THREAD = new URL(`./verify-worker${extname(import.meta.url)}`, import.meta.url);

/** The threads of one verification of a database file. */
export function threadedRanges(options: Omit<ThreadOptions, "program" | "threads">): Ranges {
  return new ThreadedRanges({ program: THREAD, ...options });
}

/** `verify [--data DIR] [--from FILE] [--resume FILE] [--keyless] [--no-anchor]`: prints one JSON report, and ends with an exit code of its own. */
export async function verify({
  home,
  options,
  set,
}: Pick<ServiceArguments<"verify">, "home" | "options" | "set">): Promise<void> {
  try {
    const { config } = loadConfigFile({ home, env: process.env, flags: set });
    const keyless = options.keyless === true;
    const keys = keyless ? undefined : readServiceKeys(home, "codex-nexus");
    const registry = keys?.registry ?? readKeyRegistry(home);
    const trust = readTrust(home, registry);
    const folder = typeof options.data === "string" ? options.data : config.codex_nexus.data_dir;
    const from = typeof options.from === "string" ? readCheckpoint(options.from) : undefined;
    // Read before the snapshot is taken: a running store moves the anchor, and only forward.
    const anchor =
      options["no-anchor"] === true ? null : await new FileAnchor(config.codex_nexus.anchor_path).read();
    const file = join(folder, DATABASE);
    const { origin } = registry;
    const pinned = pinnedKeys(registry, trust);
    const report = await verifyCommand({
      open: () => SqliteInspection.open(file),
      ...{ origin, pinned, keys, anchor, from },
      resume: resumeOf(options, file, config.codex_nexus.anchor_path),
      genesis: trust?.genesis,
      ranges: threadedRanges({ file, origin, pinned, root: keys?.root }),
      progress: progressLine(process.stderr, Date.now),
    });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    process.exitCode = report.ok ? EXIT.clean : EXIT.findings;
  } catch (error) {
    process.stderr.write(fatalLine(error));
    process.exitCode = EXIT.failed;
  }
}

/** `inspect`: prints one JSON glance at the store of the home, without a key. */
export async function inspect(home: string, config: Config): Promise<unknown> {
  const { data_dir: folder, anchor_path: anchor } = config.codex_nexus;
  const registry = readKeyRegistry(home);
  return inspectCommand({
    open: () => SqliteInspection.open(join(folder, DATABASE)),
    layout: LAYOUT,
    origin: registry.origin,
    pinned: pinnedKeys(registry, readTrust(home, registry)),
    anchor: () => new FileAnchor(anchor).read(),
  });
}

/** The named resume file; or, for the home's own store, one beside the anchor that is written and not believed unasked. */
function resumeOf(
  { resume, data }: ServiceArguments<"verify">["options"],
  file: string,
  anchor: string,
): ResumeCommand | undefined {
  const goOn = typeof resume === "string";
  if (!goOn && data !== undefined) return undefined;
  const path = goOn ? resume : resumePath(anchor);
  const say = (line: string) => void process.stderr.write(line);
  if (!goOn && existsSync(path))
    say(`an interrupted verification left ${path}: --resume ${path} goes on from where it stopped\n`);
  const database = () => {
    const { dev, ino, birthtimeNs } = statSync(file, { bigint: true });
    return `${dev}-${ino}-${birthtimeNs}`;
  };
  return { file: new FileResume(path, say), goOn, database, clock: Date.now };
}

/** The signed note in a file. Throws `checkpoint-unreadable`. */
function readCheckpoint(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new StoreError("checkpoint-unreadable", `the checkpoint at ${path} cannot be read`, {
      cause,
      remedy:
        "Name the file of a saved checkpoint: a copy of the anchor, or what GET /log/checkpoint answered.",
    });
  }
}
