import { consistencyProof, type Loa, ROTATED_ROLES, rootAt, verifierKey } from "@sigil/canon";
import { equalBytes } from "@sigil/crypto";
import { type BundleFrame, type ErasablePage, ProblemError, type SigningKeyUse } from "@sigil/wire";
import type { Alarm } from "./anchor.ts";
import type { AnchorKeeper } from "./anchor-keeper.ts";
import type { BackupLedger } from "./backup-ledger.ts";
import { bundleFrames } from "./bundle.ts";
import type { CeremonyPin } from "./ceremony.ts";
import type { Cosigning } from "./cosign/cosigning.ts";
import { policiesOf, requirePolicies } from "./cosign/recorded.ts";
import { listErasable } from "./erasure.ts";
import type { KekRotation } from "./kek-rotation.ts";
import type { KeyRotation } from "./key-rotation.ts";
import type { RootKeys } from "./keys.ts";
import { LogReader } from "./log-reader.ts";
import { queryRecords, type RecordPage } from "./query.ts";
import type { Reader } from "./reader.ts";
import type { AppendRequest, RecordQuery, StoredPlace, StoredRecord } from "./records.ts";
import type { Sealer } from "./sealer.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { Storage, StoredCheckpoint } from "./storage.ts";
import { withNodes } from "./tree.ts";
import type { Unwritable } from "./write-health.ts";
import type { Writer } from "./writer.ts";

/** A log that somebody has seen: its size and root. */
export interface KnownLog {
  readonly size: number;
  readonly root: Uint8Array;
}

export interface Appended {
  readonly records: readonly StoredPlace[];
  readonly checkpoint: StoredCheckpoint;
  /** Proves that the checkpoint extends what was known; empty when nothing was, or the same. */
  readonly consistency: readonly Uint8Array[];
  readonly replayed: boolean;
}

/** The parts of an open store. */
export interface NexusParts {
  readonly storage: Storage;
  readonly root: RootKeys;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly anchor: AnchorKeeper;
  readonly signing: SigningKeys;
  readonly sealer: Sealer | undefined;
  readonly rotation: KeyRotation;
  readonly backups: BackupLedger | undefined;
  readonly keks: KekRotation;
  readonly cosigning: Cosigning;
  readonly ceremony: CeremonyPin;
  /** Present when the store is not the one that its anchor remembers: then only its log is read. */
  readonly alarm: Alarm | undefined;
}

/** An open store: every record that comes out was verified, every one that went in is durable before it is acknowledged. */
export class CodexNexus {
  readonly #parts: NexusParts;
  /** The log's public side. Answers under an alarm too. */
  readonly log: LogReader;
  #closed = false;

  constructor(parts: NexusParts) {
    this.#parts = parts;
    this.log = new LogReader(parts.storage, () => this.checkpoint);
  }

  get alarm(): Alarm | undefined {
    return this.#parts.alarm;
  }

  /** Records that wait for a commit. */
  get queued(): number {
    return this.#parts.writer.queued;
  }

  /** Why commits fail; undefined while they land. */
  get unwritable(): Unwritable | undefined {
    return this.#parts.writer.unwritable;
  }

  /** Whether the remains of erased keys still lie in the write-ahead log, because a reader holds it. */
  get unscrubbed(): boolean {
    return this.#parts.writer.unscrubbed;
  }

  /** Seconds that the anchor is behind the log. */
  get anchorBehind(): number {
    return this.#parts.anchor.behindSeconds;
  }

  /** The newest checkpoint. Answers under an alarm too: it is what the alarm is about. */
  get checkpoint(): StoredCheckpoint {
    return this.#parts.writer.head.checkpoint;
  }

  /**
   * Appends a request and proves that the log extends `known`. Throws `store-read-only`, `checkpoint-inconsistent` and
   * `log-policy-invalid` (before anything is written), what the writer refuses, and `cosignatures-missing`.
   */
  async append(request: AppendRequest, known?: KnownLog): Promise<Appended> {
    this.#requireTrusted();
    const { writer, reader, storage } = this.#parts;
    if (known !== undefined) await this.#requireExtends(known);
    requirePolicies(request, () => ({ origin: writer.head.origin, key: this.#parts.signing.log.publicKey }));
    const { landed, checkpoint } = await writer.append(request);
    // A replay is about the past: the policy that it named may have been replaced since.
    if ("places" in landed) for (const policy of policiesOf(request)) this.#parts.cosigning.adopt(policy);
    if ("places" in landed) await this.#parts.ceremony.follow(request, landed.places);
    this.#parts.cosigning.follow();
    await this.#parts.cosigning.acknowledged(checkpoint.size);
    const consistency = await this.#consistency(known, checkpoint.size);
    if ("places" in landed) return { records: landed.places, checkpoint, consistency, replayed: false };
    const { first, count } = landed.replay;
    const records: StoredPlace[] = [];
    for (let index = first; index < first + count; index += 1) {
      const row = await reader.rows(() => storage.leaf(index));
      if (row === undefined) throw new ProblemError("record-damaged", `leaf ${index} is missing`);
      records.push(placeOf(reader.open(row)));
    }
    return { records, checkpoint, consistency, replayed: true };
  }

  async read(id: string, loa: Loa): Promise<StoredRecord> {
    this.#requireTrusted();
    return this.#parts.reader.read(id, loa);
  }

  async query(query: RecordQuery, loa: Loa): Promise<RecordPage> {
    this.#requireTrusted();
    return queryRecords(query, loa, { ...this.#parts, size: this.checkpoint.size });
  }

  /** What of a principal can still be erased, and the backups that would still hold it. */
  async erasable(query: Parameters<typeof listErasable>[0], loa: Loa): Promise<ErasablePage> {
    this.#requireTrusted();
    const page = await this.#parts.reader.rows(() => listErasable(query, loa, this.#parts));
    return { ...page, backups: [...((await this.#parts.backups?.list()) ?? [])] };
  }

  /** A proof bundle in frames, see `bundleFrames`. Throws `store-read-only` under an alarm. */
  bundle(ids: readonly string[], loa: Loa): AsyncGenerator<BundleFrame> {
    this.#requireTrusted();
    return bundleFrames(ids, loa, this.#parts.writer.head, this.#parts.signing.pinned, {
      ...this.#parts,
      cosigned: this.#parts.cosigning.newest,
    });
  }

  /** Rotation of the key-encryption key. Throws `store-read-only` under an alarm. */
  get keks(): KekRotation {
    this.#requireTrusted();
    return this.#parts.keks;
  }

  /** Rotation of the keys that sign. Throws `store-read-only` under an alarm. */
  get rotation(): KeyRotation {
    this.#requireTrusted();
    return this.#parts.rotation;
  }

  /** C2SP verifier key of what signs the next checkpoint. */
  get verifierKey(): string {
    const { writer, signing } = this.#parts;
    return verifierKey(writer.head.origin, signing.log.publicKey.raw);
  }

  /** The keys that sign, each with its range, and how many leaves of the log are in it. */
  signingKeys(): SigningKeyUse[] {
    const { size } = this.checkpoint;
    return ROTATED_ROLES.flatMap((role) =>
      this.#parts.signing.pinned[role].map(({ kid, from, to }) => {
        return { role, kid, from, to, leaves: Math.max(0, Math.min(to ?? size, size) - from) };
      }),
    );
  }

  /** Settles what is queued, brings the anchor to the tip and closes the files. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { writer, anchor, storage, keks } = this.#parts;
    await this.#parts.cosigning.close();
    await keks.stop();
    await writer.drain();
    await this.#parts.sealer?.close();
    try {
      await anchor.flush();
    } finally {
      await storage.close();
    }
  }

  #requireTrusted(): void {
    const { alarm } = this.#parts;
    if (alarm !== undefined) throw new ProblemError("store-read-only", `${alarm.code}: ${alarm.detail}`);
  }

  async #requireExtends({ size, root }: KnownLog): Promise<void> {
    const { head } = this.#parts.writer;
    const refused = (detail: string) => new ProblemError("checkpoint-inconsistent", detail);
    if (size > head.size) throw refused(`a log of ${size} records is known; this one has ${head.size}`);
    if (size === 0) return;
    const own = await this.#parts.reader.rows(() =>
      withNodes(this.#parts.storage, (node) => rootAt(size, node)),
    );
    if (!equalBytes(own, root)) throw refused(`the log had another root at ${size} records`);
  }

  async #consistency(known: KnownLog | undefined, size: number): Promise<readonly Uint8Array[]> {
    if (known === undefined || known.size === 0 || known.size === size) return [];
    return withNodes(this.#parts.storage, (node) => consistencyProof(known.size, size, node));
  }
}

function placeOf({ index, ch, rh, signed }: StoredRecord): StoredPlace {
  const { id, stream, seq, ts } = signed.record;
  return { id, hash: rh, index, stream, seq, ts, ch };
}
