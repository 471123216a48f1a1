import type { LocalCommand } from "@sigil/wire";
import type { z } from "zod";
import type { BACKUP, MIGRATE, RESTORE } from "./answer/shapes.ts";
import { CliError } from "./error.ts";

/** What `store backup` answers. */
export type BackupReport = z.infer<typeof BACKUP>;
/** What `store restore` answers. */
export type RestoreReport = z.infer<typeof RESTORE>;
/** What `store migrate` answers; every line of the file is empty, migrated, present or rejected. */
export type MigrateReport = z.infer<typeof MIGRATE>;

/** Commands that the store's own program runs on its files; a refusal is `store-refused` with its words. */
export interface AroundStore {
  backup(file: string, since: string | undefined): Promise<BackupReport>;
  restore(
    file: string,
    after: { readonly segments: readonly string[]; readonly exported: string | undefined },
  ): Promise<RestoreReport>;
  migrate(file: string, dryRun: boolean): Promise<MigrateReport>;
}

/** A command of this machine that is noted as begun. */
export interface Noted {
  end(end: NonNullable<LocalCommand["end"]>): void;
}
type Begin = (action: LocalCommand["action"]) => Noted;

/** The same commands, each noted before it begins and when it has ended: SigilDERG records its decision. */
export function noted(store: AroundStore, begin: Begin): AroundStore {
  const run = async <T>(action: LocalCommand["action"], work: () => Promise<T>): Promise<T> => {
    const begun = begin(action);
    let report: T;
    try {
      report = await work();
    } catch (error) {
      begun.end({ status: "failed", ...(error instanceof CliError ? { code: error.code } : {}) });
      throw error;
    }
    begun.end({ status: "done" });
    return report;
  };
  return {
    backup: (...input) => run("store.backup", () => store.backup(...input)),
    restore: (...input) => run("store.restore", () => store.restore(...input)),
    migrate: (...input) => run("store.migrate", () => store.migrate(...input)),
  };
}
