import { type Checkpoint, Frontier, signCheckpoint } from "@sigil/canon";
import { equalBytes, type SigningKey, toHex } from "@sigil/crypto";
import { StoreError } from "./error.ts";
import type { Storage, StoredCheckpoint, StoreMeta, TreeNode } from "./storage.ts";
import { frontierKeys } from "./tree.ts";

/** The origin under which an epoch's checkpoints are signed. */
export function epochOrigin({ origin, epoch }: Pick<StoreMeta, "origin" | "epoch">): string {
  return epoch === 0 ? origin : `${origin}/epoch/${epoch}`;
}

/** The end of the log: what the next batch is appended to. Never changes; an append makes another. */
export class LogHead {
  readonly origin: string;
  readonly checkpoint: StoredCheckpoint;
  readonly #frontier: Frontier;

  private constructor(origin: string, frontier: Frontier, checkpoint: StoredCheckpoint) {
    this.origin = origin;
    this.#frontier = frontier;
    this.checkpoint = checkpoint;
  }

  get size(): number {
    return this.checkpoint.size;
  }

  get asCheckpoint(): Checkpoint {
    return { origin: this.origin, size: this.size, root: this.checkpoint.root };
  }

  /** The head of a log without leaves; its note is empty because nobody asks for it. */
  static empty(origin: string): LogHead {
    const frontier = Frontier.empty();
    return new LogHead(origin, frontier, { size: 0, root: frontier.root(), note: "" });
  }

  /**
   * The head that a store holds. Throws `checkpoint-damaged` unless `open` opens the note under the log key of its size, it says what its
   * columns say, and is the root of the tree's nodes.
   */
  static async load(storage: Storage, origin: string, open: (note: string) => Checkpoint): Promise<LogHead> {
    const stored = await storage.checkpoint();
    if (stored === undefined)
      throw new StoreError("checkpoint-damaged", "the store has records and no checkpoint");
    let signed: Checkpoint;
    try {
      signed = open(stored.note);
    } catch (cause) {
      throw new StoreError("checkpoint-damaged", "the stored checkpoint is not signed by the log key", {
        cause,
      });
    }
    if (signed.size !== stored.size || !equalBytes(signed.root, stored.root)) {
      throw new StoreError("checkpoint-damaged", "the stored checkpoint and its columns differ");
    }
    const hashes = await storage.nodes(frontierKeys(stored.size));
    if (hashes.some((hash) => hash?.length !== 32)) {
      throw new StoreError("checkpoint-damaged", "nodes at the edge of the tree are missing");
    }
    const frontier = Frontier.from({
      size: stored.size,
      hashes: hashes.map((hash) => toHex(hash as Uint8Array)),
    });
    if (!equalBytes(frontier.root(), stored.root)) {
      throw new StoreError(
        "checkpoint-damaged",
        "the nodes of the tree do not give the root of the checkpoint",
      );
    }
    return new LogHead(origin, frontier, stored);
  }

  /** The same end of the same tree, under another epoch's origin; unsigned until something is appended. */
  inEpoch(origin: string): LogHead {
    return new LogHead(origin, this.#frontier, this.checkpoint);
  }

  /** The head after `leafHashes`, its checkpoint signed, and the nodes that became complete. */
  append(leafHashes: readonly Uint8Array[], logKey: SigningKey): { head: LogHead; nodes: TreeNode[] } {
    const frontier = Frontier.copyOf(this.#frontier);
    const nodes = leafHashes.flatMap((hash) => frontier.append(hash));
    const { size } = frontier;
    const root = frontier.root();
    const note = signCheckpoint({ origin: this.origin, size, root }, logKey);
    return { head: new LogHead(this.origin, frontier, { size, root, note }), nodes };
  }
}
