import { type Checkpoint, checkpointsUnder, type TrustFile, verifyConsistency } from "@sigil/canon";
import { fromBase64, toBase64 } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";

/** A tree head that this process has seen and believes. `root` in padded base64. */
export interface KnownHead {
  readonly size: number;
  readonly root: string;
}

/**
 * The last checkpoint that the store has shown. A checkpoint counts only under a log key of the trust file, and only
 * if the store proves that it extends the head that this process knew when it asked; so the store cannot take back
 * what it has acknowledged, not even by restarting on an older copy.
 */
export class CheckpointMemory {
  readonly #origin: string;
  #open: (note: string) => Checkpoint;
  #known: KnownHead | undefined;

  constructor(trust: TrustFile) {
    this.#origin = trust.epochs.at(-1)?.origin ?? trust.origin;
    this.#open = checkpointsUnder(this.#origin, trust.keys.log);
  }

  /** Goes on under the log keys of a trust file that extends the one before. */
  renew(trust: TrustFile): void {
    this.#open = checkpointsUnder(this.#origin, trust.keys.log);
  }

  get known(): KnownHead | undefined {
    return this.#known;
  }

  /**
   * Believes a checkpoint that answers a request which carried `asked`, and remembers it if it is the largest yet.
   * @throws ProblemError `checkpoint-inconsistent`
   */
  follow(note: string, proof: readonly string[], asked: KnownHead | undefined): KnownHead {
    const head = this.open(note);
    if (asked !== undefined) {
      try {
        verifyConsistency({
          size1: asked.size,
          size2: head.size,
          root1: fromBase64(asked.root),
          root2: fromBase64(head.root),
          proof: proof.map((hash) => fromBase64(hash)),
        });
      } catch (cause) {
        throw inconsistent(
          `the checkpoint of size ${head.size} does not extend the one of size ${asked.size}`,
          cause,
        );
      }
    }
    if (this.#known === undefined || head.size > this.#known.size) this.#known = head;
    return head;
  }

  /** The head of a signed checkpoint. @throws ProblemError `checkpoint-inconsistent` when no pinned log key signed it */
  open(note: string): KnownHead {
    try {
      const { size, root } = this.#open(note);
      return { size, root: toBase64(root) };
    } catch (cause) {
      throw inconsistent("no log key of trust.json signed the store's checkpoint", cause);
    }
  }

  /**
   * Holds a head that came without a proof against the known one: neither smaller, nor other at the same size.
   * @throws ProblemError `checkpoint-inconsistent`
   */
  notBehind(head: KnownHead): void {
    const known = this.#known;
    if (known === undefined) return;
    if (head.size < known.size || (head.size === known.size && head.root !== known.root)) {
      throw inconsistent(`the store shows size ${head.size}, after size ${known.size} was acknowledged`);
    }
  }
}

function inconsistent(detail: string, cause?: unknown): ProblemError {
  return new ProblemError("checkpoint-inconsistent", detail, { cause });
}
