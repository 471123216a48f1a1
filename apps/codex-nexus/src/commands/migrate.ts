import { canonicalize, type RecordDraft } from "@sigil/canon";
import { ProblemError, WireError } from "@sigil/wire";
import { admit } from "../domain/admission.ts";
import type { RootKeys } from "../domain/keys.ts";
import { type LegacyRefusal, MAX_LINE_BYTES, readLegacy } from "../domain/legacy.ts";
import type { CodexNexus } from "../domain/nexus.ts";

/** A line that was not migrated; it stays where it is, in the file. */
export interface RejectedLine {
  readonly line: number;
  readonly code: LegacyRefusal | string;
  readonly detail: string;
}

export interface MigrateReport {
  readonly dryRun: boolean;
  /** Every line of the file is one of the next four. */
  readonly lines: number;
  readonly empty: number;
  /** Written now, or with a dry run, what would be. */
  readonly migrated: number;
  /** In the store since an earlier call. */
  readonly present: number;
  readonly rejected: readonly RejectedLine[];
  readonly kinds: Readonly<Record<string, number>>;
}

interface Ready {
  readonly line: number;
  readonly draft: RecordDraft;
}

const BATCH = 128;
const COMPARED = { maxBytes: 2 * MAX_LINE_BYTES };

/**
 * `migrate`: every line of an older store becomes a record, or is reported with the reason why not. A line that is in
 * the store already is passed over, so a call that was interrupted goes on, and another call changes nothing. With
 * `dryRun` nothing is written and the report is the same.
 */
export async function migrateCommand(
  lines: AsyncIterable<string>,
  {
    nexus,
    root,
    dryRun,
    progress,
  }: { nexus: CodexNexus; root: RootKeys; dryRun: boolean; progress?: (lines: number) => void },
): Promise<MigrateReport> {
  const rejected: RejectedLine[] = [];
  const kinds: Record<string, number> = {};
  const seen = new Map<string, string>();
  const counts = { lines: 0, empty: 0, migrated: 0, present: 0 };
  let batch: Ready[] = [];
  const land = async () => {
    if (!dryRun && batch.length > 0) await nexus.append({ records: batch.map(({ draft }) => draft) });
    for (const { draft } of batch) kinds[draft.kind] = (kinds[draft.kind] ?? 0) + 1;
    counts.migrated += batch.length;
    batch = [];
  };
  for await (const text of lines) {
    progress?.(counts.lines);
    counts.lines += 1;
    const line = counts.lines;
    const reject = (code: string, detail: string) => rejected.push({ line, code, detail });
    if (text.trim() === "") {
      counts.empty += 1;
      continue;
    }
    const read = readLegacy(text, root);
    if ("code" in read) {
      reject(read.code, read.detail);
      continue;
    }
    const { draft } = read;
    const said = canonicalize(draft.payload, COMPARED);
    const before = seen.get(draft.id) ?? (await storedPayload(nexus, draft.id));
    if (before !== undefined) {
      if (before === said || before === ERASED) counts.present += 1;
      else
        reject(
          "id-taken",
          "another line, or a record of the store, has this tenant and id with other content",
        );
      continue;
    }
    const refusal = refusalOf(draft);
    if (refusal !== undefined) {
      reject(refusal.code, refusal.detail);
      continue;
    }
    seen.set(draft.id, said);
    batch.push({ line, draft });
    if (batch.length === BATCH) await land();
  }
  await land();
  return { dryRun, ...counts, rejected, kinds };
}

/** Stands for a record that was migrated and erased since: it is not brought back. */
const ERASED = "erased";

async function storedPayload(nexus: CodexNexus, id: string): Promise<string | undefined> {
  try {
    const { signed } = await nexus.read(id, "Root");
    return canonicalize(signed.record.payload, COMPARED);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.code === "not-found") return undefined;
    if (error.code === "record-erased") return ERASED;
    throw error;
  }
}

function refusalOf(draft: RecordDraft): { code: string; detail: string } | undefined {
  try {
    admit({ records: [draft] });
    canonicalize(draft, { maxBytes: MAX_LINE_BYTES - 4096 });
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, detail: error.detail };
    if (error instanceof WireError) return { code: error.code, detail: error.message };
    if (error instanceof Error && "code" in error) return { code: String(error.code), detail: error.message };
    throw error;
  }
}
