import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";

/** A copy of a store's files for hurting: database and, when there is one, its log. */
export function copyOf(home: TestHome, name: string): string {
  const folder = join(home.folder, "copies", name);
  mkdirSync(folder, { recursive: true });
  for (const file of ["nexus.db", "nexus.db-wal"]) {
    const from = join(home.data, file);
    if (existsSync(from)) copyFileSync(from, join(folder, file));
  }
  return folder;
}
