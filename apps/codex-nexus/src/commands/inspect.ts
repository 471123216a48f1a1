import { checkpointsUnder } from "@sigil/canon";
import { checkAnchor } from "../domain/anchor.ts";
import { StoreError } from "../domain/error.ts";
import { epochOrigin } from "../domain/head.ts";
import type { Inspection } from "../domain/verify/inspection.ts";
import type { PinnedKeys } from "../domain/verify/keys.ts";

export interface InspectCommand {
  readonly open: () => Inspection & { readonly layout: number };
  /** The layout that this program writes. */
  readonly layout: number;
  readonly origin: string;
  readonly pinned: PinnedKeys;
  /** The anchor's note; undefined when there is none. Read before the store, which moves it forward only. */
  readonly anchor: () => Promise<string | undefined>;
}

/** What a glance at a store shows, without a key. */
export interface Glance {
  /** Why the store cannot be looked at, or the anchor; null when nothing stands in the way. */
  readonly problem: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  /** Whether the next start brings the database to the present layout. */
  readonly older: boolean;
  /** Size of the signed checkpoint. */
  readonly size: number | null;
  /** The time of the last record, as its clear column says. */
  readonly newest: string | null;
  /** What the anchor remembers; `alarm` is what opens the store for reading its log only. */
  readonly anchor: {
    readonly size: number | null;
    readonly alarm: { readonly code: string; readonly detail: string } | null;
  } | null;
}

const NOTHING = { older: false, size: null, newest: null, anchor: null } as const;

/**
 * `inspect`: looks at what costs nothing to look at, beside a running service or without one: layout, checkpoint, last record
 * and anchor. It proves nothing of the records; `verify` does. Every StoreError is an answer.
 */
export async function inspectCommand(command: InspectCommand): Promise<Glance> {
  try {
    const note = await command.anchor();
    const inspection = command.open();
    try {
      return inspection.layout < command.layout
        ? { ...NOTHING, problem: null, older: true }
        : await glance(command, inspection, note);
    } finally {
      await inspection.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message, remedy } = error;
    return { ...NOTHING, problem: { code, message, remedy } };
  }
}

async function glance(
  { origin, pinned }: InspectCommand,
  inspection: Inspection,
  note: string | undefined,
): Promise<Glance> {
  const meta = await inspection.meta();
  if (meta === undefined)
    throw new StoreError("store-missing", "the database holds no store", {
      remedy: "Restore the database from a backup.",
    });
  if (meta.origin !== origin)
    throw new StoreError("store-foreign", `the store is ${meta.origin}; this home is ${origin}`, {
      remedy: "Point codex_nexus.data_dir at the store of this home.",
    });
  const stored = await inspection.checkpoint();
  const end = await inspection.end();
  const [last] = end === 0 ? [] : await inspection.leaves(end - 1, 1);
  if (stored === undefined || last?.row === undefined)
    throw last?.error ?? new StoreError("checkpoint-damaged", "the store has no signed checkpoint");
  const open = checkpointsUnder(epochOrigin(meta), pinned.log);
  const tip = { origin: epochOrigin(meta), size: stored.size, root: stored.root };
  const alarm = await checkAnchor(note, tip, open, inspection);
  return {
    problem: null,
    older: false,
    size: stored.size,
    newest: last.row.ts,
    anchor: { size: note === undefined ? null : sizeOf(note, open), alarm: alarm ?? null },
  };
}

function sizeOf(note: string, open: (note: string) => { readonly size: number }): number | null {
  try {
    return open(note).size;
  } catch {
    return null;
  }
}
