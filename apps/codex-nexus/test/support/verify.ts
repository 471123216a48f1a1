import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { verifyCommand } from "../../src/commands/verify.ts";
import type { VerifyReport } from "../../src/domain/verify/report.ts";
import { DATABASE } from "../../src/store/exclusive.ts";
import { SqliteInspection } from "../../src/store/inspection.ts";
import type { TestHome } from "./home.ts";
import { pinnedOf } from "./store.ts";

/** Runs the verification of a data folder with the keys of a home. */
export function verified(
  home: TestHome,
  folder: string,
  options: { keyless?: boolean; anchor?: string | null; genesis?: string } = {},
): Promise<VerifyReport> {
  const anchored = existsSync(home.anchor) ? readFileSync(home.anchor, "utf8") : undefined;
  return verifyCommand({
    open: () => SqliteInspection.open(join(folder, DATABASE)),
    origin: home.origin,
    pinned: pinnedOf(home),
    genesis: options.genesis,
    keys: options.keyless === true ? undefined : home.keys,
    anchor: options.anchor === undefined ? anchored : options.anchor,
  });
}
