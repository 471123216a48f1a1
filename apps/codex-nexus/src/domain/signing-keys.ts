import {
  CanonError,
  type Checkpoint,
  checkpointsUnder,
  coversLeaf,
  LOAS,
  ROTATED_ROLES,
  type RotatedRole,
  rotatePinned,
  verifyRotation,
} from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { StoreError } from "./error.ts";
import type { KekRing } from "./kek.ts";
import type { RootKeys, StoreKeys } from "./keys.ts";
import { openRow } from "./seal.ts";
import type { Storage } from "./storage.ts";
import { type KeysAt, keysAt, type PinnedKeys } from "./verify/keys.ts";

/** The home's files that follow what the log holds. What they say is made again from the log at every start. */
export interface KeyFiles {
  /**
   * The key that the next rotation of a role will bring: drawn once, sealed and durable before this resolves, and the same
   * until that rotation has happened. Nothing signs with it before, but what others are asked to trust it by.
   */
  announce(role: RotatedRole): Promise<SigningKey>;
  /**
   * The announced key of a role, or else a fresh one, sealed beside the present one and durable before this resolves.
   * Nothing else changes.
   */
  prepare(role: RotatedRole): Promise<SigningKey>;
  /** trust.json and the registry list `pinned`; the key file of each role is that of `signing`, and no other is left. */
  settle(pinned: PinnedKeys, signing: Readonly<Record<RotatedRole, SigningKey>>): Promise<void>;
  /** trust.json says that the record of this hash entered quorum mode. Throws `trust-mismatch` where it pins another. */
  pinCeremony(hash: string): Promise<void>;
}

const PAGE = 64;

/**
 * The record and log keys of an open store, each for its range of leaves: what was pinned at the start, and every rotation
 * that the log holds. Which private key signs next is decided by the log alone, so a crash between the record of a rotation
 * and the files of the home leaves nothing undecided.
 */
export class SigningKeys {
  readonly #ground: { readonly storage: Storage; readonly root: RootKeys; readonly ring: KekRing };
  readonly #held: Record<RotatedRole, SigningKey[]>;
  readonly #files: KeyFiles | undefined;
  readonly #damaged: (error: StoreError, at: string) => void;
  readonly #signing: { [R in RotatedRole]?: SigningKey } = {};
  #pinned: PinnedKeys;
  #recordAt: KeysAt;
  #seen = -1;

  constructor(
    ground: { readonly storage: Storage; readonly root: RootKeys; readonly ring: KekRing },
    keys: Pick<StoreKeys, RotatedRole | "spare">,
    pinned: PinnedKeys,
    files: KeyFiles | undefined,
    damaged: (error: StoreError, at: string) => void,
  ) {
    this.#ground = ground;
    const held = (role: RotatedRole) => [keys[role], keys.spare?.[role]].filter((key) => key !== undefined);
    this.#held = { record: held("record"), log: held("log") };
    this.#pinned = pinned;
    this.#recordAt = keysAt(pinned.record);
    this.#files = files;
    this.#damaged = damaged;
  }

  /** Every key with its range. */
  get pinned(): PinnedKeys {
    return this.#pinned;
  }

  /** The key that signs the next record. */
  get record(): SigningKey {
    return this.#of("record");
  }

  /** The key that signs the next checkpoint. */
  get log(): SigningKey {
    return this.#of("log");
  }

  /** Keys by which a record at a leaf may be signed. */
  readonly recordAt: KeysAt = (index) => this.#recordAt(index);

  /** Opens checkpoints of an origin under the log keys of their sizes. */
  checkpoints(origin: string): (note: string) => Checkpoint {
    return checkpointsUnder(origin, this.#pinned.log);
  }

  /** The key that the next rotation of a role will bring. Throws `signing-key-missing`. */
  async announced(role: RotatedRole): Promise<SigningKey> {
    return (this.#files ?? this.#homeless()).announce(role);
  }

  /** The announced or else a fresh key of a role, on disk beside the present one. Throws `store-unwritable`'s cause when it cannot be kept. */
  async prepare(role: RotatedRole): Promise<SigningKey> {
    const key = await (this.#files ?? this.#homeless()).prepare(role);
    this.#held[role].push(key);
    return key;
  }

  /** Reads the rotations that the log holds beyond those that are known. One that does not verify counts for nothing. */
  async reread(): Promise<void> {
    const { storage, root, ring } = this.#ground;
    for (;;) {
      const rows = await storage.page({
        ...{ kinds: ["key.rotated"], loas: LOAS, order: "asc", limit: PAGE },
        ...(this.#seen < 0 ? {} : { after: this.#seen }),
      });
      for (const row of rows) {
        this.#seen = row.index;
        try {
          const { record } = openRow(row, root.origin, ring, this.recordAt(row.index));
          const rotation = verifyRotation(record.payload);
          if (rotation.origin !== root.origin)
            throw new CanonError("rotation-invalid", `it is about the log ${rotation.origin}`);
          this.#pinned = rotatePinned({ ...this.#pinned }, rotation, row.index);
          this.#recordAt = keysAt(this.#pinned.record);
        } catch (cause) {
          if (!(cause instanceof StoreError || cause instanceof CanonError)) throw cause;
          const error =
            cause instanceof StoreError
              ? cause
              : new StoreError("rotation-invalid", `${cause.code}: ${cause.message}`, { cause });
          this.#damaged(error, `the rotation of a key at leaf ${row.index}`);
        }
      }
      if (rows.length < PAGE) return;
    }
  }

  /**
   * Chooses the keys that are valid for the next leaf of a log of `size`, and brings the home's files to what the log says.
   * Throws `signing-key-missing` when a private key for it is not there.
   */
  async settle(size: number): Promise<void> {
    const choose = (role: RotatedRole) => {
      const valid = this.#pinned[role].filter((pin) => coversLeaf(pin, size));
      const key = this.#held[role].find(({ kid }) => valid.some((pin) => pin.kid === kid));
      if (key !== undefined) return key;
      const named = valid.map(({ kid }) => kid).join(", ") || "none";
      throw new StoreError(
        "signing-key-missing",
        `the ${role} key for leaf ${size} is ${named}; keys/codex-nexus holds ${this.#held[role].map(({ kid }) => kid).join(", ")}`,
        {
          remedy:
            "The database and keys/ are of different times: restore both from one place, or `sigil store restore` the backup.",
        },
      );
    };
    const chosen = { record: choose("record"), log: choose("log") };
    for (const role of ROTATED_ROLES) {
      this.#signing[role] = chosen[role];
      this.#held[role] = [chosen[role]];
    }
    await this.#files?.settle(this.#pinned, chosen);
  }

  #homeless(): never {
    throw new StoreError("signing-key-missing", "this process has no home to keep a new key in", {
      remedy: "Rotate through a running service: `sigil key rotate`.",
    });
  }

  #of(role: RotatedRole): SigningKey {
    const key = this.#signing[role];
    if (key === undefined)
      throw new StoreError("signing-key-missing", `no ${role} key is chosen: the store is read-only`);
    return key;
  }
}
