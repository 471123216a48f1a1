import { checkpointsUnder } from "@sigil/canon";
import type { Clock } from "../domain/clock.ts";
import { StoreError } from "../domain/error.ts";
import type { StoreKeys } from "../domain/keys.ts";
import type { StoreMeta } from "../domain/storage.ts";
import type { Inspection } from "../domain/verify/inspection.ts";
import type { PinnedKeys } from "../domain/verify/keys.ts";
import { openGround } from "../domain/verify/range-work.ts";
import type { Ranges } from "../domain/verify/ranges.ts";
import type { KeyedGround } from "../domain/verify/record.ts";
import type { Finding, VerifyCheck, VerifyReport } from "../domain/verify/report.ts";
import { Resume, type ResumeFile } from "../domain/verify/resume.ts";
import { type Believed, type VerifyOptions, verifyStore } from "../domain/verify/verify.ts";

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
  /** Where to leave what was found to be sound, if this verification is interrupted. */
  readonly resume?: ResumeCommand | undefined;
  /** Who examines what is sound; absent, each row is looked at by itself. */
  readonly ranges?: Ranges | undefined;
  readonly progress?: VerifyOptions["progress"];
}

export interface ResumeCommand {
  readonly file: ResumeFile;
  /** Go on with what the file says; if not, it is only written. */
  readonly goOn: boolean;
  /** Tells the database file from every other. */
  readonly database: () => string;
  readonly clock: Clock;
}

/**
 * `verify`: the report of a store. Damage of the parts that everything else needs (the file's first page, the row about
 * the store itself, the KEKs) is a finding too, and what can still be looked at is. Throws `root-key-wrong`,
 * `checkpoint-foreign`, a `resume-…` code, `store-foreign`, `store-missing` or `store-newer` when there is nothing to verify with these keys.
 */
export async function verifyCommand(command: VerifyCommand): Promise<VerifyReport> {
  requireResumable(command);
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
      grounds: null,
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
    const resume = keyed === undefined || meta === undefined ? undefined : resumeOf(command, meta, keyed);
    const resumed = command.resume?.goOn === true ? resumedFrom(resume) : undefined;
    const report = await verifyStore({
      inspection,
      meta: meta ?? { origin: command.origin, epoch: 0, keyCheck: new Uint8Array(), createdAt: "" },
      pinned: command.pinned,
      genesis: command.genesis,
      keyed,
      anchor: command.anchor,
      from: resumed ?? from,
      keep: extra.length === 0 && from === undefined ? resume : undefined,
      ranges: command.ranges,
      progress: command.progress,
    });
    resume?.remove();
    return extra.length === 0 ? report : { ...report, ok: false, findings: [...extra, ...report.findings] };
  } finally {
    await inspection.close();
  }
}

/**
 * What a checkpoint says, under the origin of whichever epoch it names: a restored log goes on from what an earlier epoch
 * signed. Throws `checkpoint-foreign` when no pinned log key signed it for this log.
 */
function knownLog(note: string, { origin, pinned }: VerifyCommand): Believed {
  const [named = ""] = note.split("\n", 1);
  const ours = named === origin || named.startsWith(`${origin}/epoch/`);
  try {
    const { size, root } = checkpointsUnder(ours ? named : origin, pinned.log)(note);
    return { size, root, grounds: { by: "checkpoint" } };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "";
    throw new StoreError("checkpoint-foreign", `the given checkpoint is not one of this log: ${reason}`, {
      cause,
      remedy:
        "Name a checkpoint that this log's key signed, or leave out --from: then every record is looked at.",
    });
  }
}

/** What cannot be gone on with at all. */
function requireResumable({ resume, from, keys }: VerifyCommand): void {
  if (resume?.goOn !== true) return;
  if (from !== undefined) {
    throw new StoreError(
      "resume-or-from",
      "--resume goes on with a whole verification, and --from is not one",
      {
        remedy: "Name one of the two.",
      },
    );
  }
  if (keys === undefined) {
    throw new StoreError("resume-needs-keys", "without keys nothing tells a resume file from a forged one", {
      remedy: "Verify with keys, or name a saved checkpoint: --keyless --from <checkpoint>.",
    });
  }
}

function resumeOf(
  { resume, from, pinned, genesis }: VerifyCommand,
  meta: StoreMeta,
  { root }: KeyedGround,
): Resume | undefined {
  if (resume === undefined || from !== undefined) return undefined;
  const { file, clock, database } = resume;
  return new Resume(root, file, clock, { meta, pinned, genesis, database: database() });
}

function resumedFrom(resume: Resume | undefined): Believed | undefined {
  const resumed = resume?.read();
  if (resumed === undefined) return undefined;
  const { size, root, at } = resumed;
  return { size, root, grounds: { by: "resume", at } };
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
