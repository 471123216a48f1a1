import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { storeBackup } from "./backup.ts";
import { storeMigrate } from "./migrate.ts";
import { storeRestore } from "./restore.ts";

/** `sigil store …`, in the order of the help. */
export function store(needs: Needs): Command[] {
  return [storeBackup(needs), storeRestore(needs), storeMigrate(needs)];
}
