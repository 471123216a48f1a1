import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type VerifyCommand, verifyCommand } from "../../src/commands/verify.ts";
import type { VerifyReport } from "../../src/domain/verify/report.ts";
import { DATABASE } from "../../src/store/exclusive.ts";
import { SqliteInspection } from "../../src/store/inspection.ts";
import { ThreadedRanges } from "../../src/store/range-threads.ts";
import type { TestHome } from "./home.ts";
import { pinnedOf } from "./store.ts";

const VERIFY_THREAD = new URL("../../src/verify-worker.ts", import.meta.url);

/**
 * Runs the verification of a data folder with the keys of a home. `threads` is how many beside this one; "none" looks at
 * each row by itself.
 */
export function verified(
  home: TestHome,
  folder: string,
  options: {
    keyless?: boolean;
    anchor?: string | null;
    genesis?: string;
    threads?: number | "none";
    /** Of its ranges, for stores that are smaller than one of the real size. */
    level?: number;
    program?: URL;
    open?: () => SqliteInspection;
    from?: string;
    resume?: VerifyCommand["resume"];
    progress?: VerifyCommand["progress"];
  } = {},
): Promise<VerifyReport> {
  const anchored = existsSync(home.anchor) ? readFileSync(home.anchor, "utf8") : undefined;
  const file = join(folder, DATABASE);
  const { origin } = home;
  const pinned = pinnedOf(home);
  const { root } = home.keys;
  const { threads, level, program = VERIFY_THREAD } = options;
  return verifyCommand({
    open: options.open ?? (() => SqliteInspection.open(file)),
    origin,
    pinned,
    ranges:
      threads === "none"
        ? undefined
        : new ThreadedRanges({ program, file, origin, pinned, root, threads, level }),
    genesis: options.genesis,
    from: options.from,
    resume: options.resume,
    progress: options.progress,
    keys: options.keyless === true ? undefined : home.keys,
    anchor: options.anchor === undefined ? anchored : options.anchor,
  });
}
