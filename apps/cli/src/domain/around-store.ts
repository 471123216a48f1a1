import type { LocalCommand } from "@sigil/wire";
import { CliError } from "./error.ts";

/** What `store backup` answers. */
export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly records: number;
  readonly root: string | null;
  readonly needs: readonly string[];
  /** Present for a segment: what it goes on from. */
  readonly since?: { readonly file: string; readonly size: number };
}

/** What `store restore` answers. */
export interface RestoreReport {
  readonly epoch: number;
  readonly origin: string;
  readonly from: number;
  readonly lost: number | null;
  /** `governing`: records of quorum mode and its witnesses. */
  readonly reapplied: {
    readonly erasures: number;
    readonly revocations: number;
    readonly governing?: number;
  };
  readonly unknown: readonly string[];
  /** C2SP verifier key of the new origin. */
  readonly verifierKey: string;
  readonly kept: string | null;
}

/** What `store migrate` answers; every line of the file is empty, migrated, present or rejected. */
export interface MigrateReport {
  readonly dryRun: boolean;
  readonly lines: number;
  readonly empty: number;
  readonly migrated: number;
  readonly present: number;
  readonly rejected: readonly { readonly line: number; readonly code: string; readonly detail: string }[];
  readonly kinds: Readonly<Record<string, number>>;
}

/** Commands that the store's own program runs on its files; a refusal is `store-refused` with its words. */
export interface AroundStore {
  backup(file: string, since: string | undefined): Promise<BackupReport>;
  restore(
    file: string,
    after: { readonly segments: readonly string[]; readonly exported: string | undefined },
  ): Promise<RestoreReport>;
  migrate(file: string, dryRun: boolean): Promise<MigrateReport>;
}

type Begin = (action: LocalCommand["action"]) => { end(end: NonNullable<LocalCommand["end"]>): void };

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
