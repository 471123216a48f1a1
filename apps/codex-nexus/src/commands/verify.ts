import { checkpointsUnder } from "@sigil/canon";
import { StoreError } from "../domain/error.ts";
import type { StoreKeys } from "../domain/keys.ts";
import type { StoreMeta } from "../domain/storage.ts";
import type { Inspection } from "../domain/verify/inspection.ts";
import type { PinnedKeys } from "../domain/verify/keys.ts";
import { openGround } from "../domain/verify/range-work.ts";
import type { Ranges } from "../domain/verify/ranges.ts";
import type { KeyedGround } from "../domain/verify/record.ts";
import type { Finding, VerifyCheck, VerifyReport } from "../domain/verify/report.ts";
import { type Known, type VerifyOptions, verifyStore } from "../domain/verify/verify.ts";

export interface VerifyCommand {
  /** Opens the snapshot; throws `page-damaged` for a file that is no database any more. */
  readonly open: () => Inspection;
  readonly origin: string;
  readonly pinned: PinnedKeys;
  readonly genesis: string | undefined;
  /** Absent with `--keyless`. */
  readonly keys: Pick<StoreKeys, "root"> | undefined;
  /** The anchor's note, undefined when there is none, null with `--no-anchor`. */
  readonly anchor: string | undefined | null;
  /** A checkpoint of this log, as its signed note: the leaves that it covers are not looked at. */
  readonly from?: string | undefined;
  /** Who examines what is sound; absent, each row is looked at by itself. */
  readonly ranges?: Ranges | undefined;
  readonly progress?: VerifyOptions["progress"];
}

/**
 * `verify`: the report of a store. Damage of the parts that everything else needs (the file's first page, the row about
 * the store itself, the KEKs) is a finding too, and what can still be looked at is. Throws `root-key-wrong`,
 * `checkpoint-foreign`, `store-foreign`, `store-missing` or `store-newer` when there is nothing to verify with these keys.
 */
export async function verifyCommand(command: VerifyCommand): Promise<VerifyReport> {
  const extra: Finding[] = [];
  const found = (check: VerifyCheck, detail: string) => extra.push({ index: null, check, detail });
  let inspection: Inspection;
  try {
    inspection = command.open();
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "page-damaged") throw error;
    found("page", error.message);
    return {
      ok: false,
      keyed: command.keys !== undefined,
      from: 0,
      records: 0,
      size: null,
      root: null,
      findings: extra,
      erased: [],
    };
  }
  try {
    const meta = await readMeta(inspection, found);
    const from = command.from === undefined ? undefined : knownLog(command.from, command);
    const keyed = meta === undefined ? undefined : await keyedGround(command, meta, inspection, found);
    const report = await verifyStore({
      inspection,
      meta: meta ?? { origin: command.origin, epoch: 0, keyCheck: new Uint8Array(), createdAt: "" },
      pinned: command.pinned,
      genesis: command.genesis,
      keyed,
      anchor: command.anchor,
      from,
      ranges: command.ranges,
      progress: command.progress,
    });
    return extra.length === 0 ? report : { ...report, ok: false, findings: [...extra, ...report.findings] };
  } finally {
    await inspection.close();
  }
}

/**
 * What a checkpoint says, under the origin of whichever epoch it names: a restored log goes on from what an earlier epoch
 * signed. Throws `checkpoint-foreign` when no pinned log key signed it for this log.
 */
function knownLog(note: string, { origin, pinned }: VerifyCommand): Known {
  const [named = ""] = note.split("\n", 1);
  const ours = named === origin || named.startsWith(`${origin}/epoch/`);
  try {
    return checkpointsUnder(ours ? named : origin, pinned.log)(note);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    throw new StoreError("checkpoint-foreign", `the given checkpoint is not one of this log: ${reason}`, {
      cause,
      remedy:
        "Name a checkpoint that this log's key signed, or leave out --from: then every record is looked at.",
    });
  }
}

/** Keys of another store: there is nothing to verify with them. */
const FOREIGN: ReadonlySet<string> = new Set(["root-key-wrong", "store-foreign"]);

type Found = (check: VerifyCheck, detail: string) => void;

async function readMeta(inspection: Inspection, found: Found): Promise<StoreMeta | undefined> {
  try {
    const meta = await inspection.meta();
    if (meta === undefined) found("meta", "the row about the store itself is gone");
    return meta;
  } catch (error) {
    found("meta", messageOf(error));
    return undefined;
  }
}

async function keyedGround(
  { keys, origin, pinned }: VerifyCommand,
  meta: StoreMeta,
  inspection: Inspection,
  found: Found,
): Promise<KeyedGround | undefined> {
  if (keys === undefined) return undefined;
  try {
    return await openGround(keys.root, { meta, origin, pinned }, inspection);
  } catch (error) {
    if (!(error instanceof StoreError) || FOREIGN.has(error.code)) throw error;
    found("kek", `${error.message}; records are looked at without keys`);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof StoreError)) throw error;
  return error.message;
}
