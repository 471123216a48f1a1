import { type Checkpoint, consistencyProof, verifyConsistency } from "@sigil/canon";
import type { Storage } from "./storage.ts";
import { withNodes } from "./tree.ts";

/**
 * Where the last checkpoint is kept outside the data folder. `read` throws `anchor-unreadable` or `anchor-invalid`;
 * `write` replaces it atomically or throws `anchor-unwritable`, and then the one before is still whole.
 */
export interface AnchorFile {
  read(): Promise<string | undefined>;
  write(note: string): Promise<void>;
}

/** The store is not what the anchor remembers: it opens for reading its log only. */
export interface Alarm {
  readonly code: "anchor-missing" | "anchor-invalid" | "rollback-detected";
  readonly detail: string;
}

/**
 * Holds the tip of the log against the anchor: a consistency proof from anchor to tip must exist and verify. Returns
 * the alarm, or undefined when the log is the one that was anchored, or longer.
 */
export async function checkAnchor(
  anchor: string | undefined,
  tip: Checkpoint,
  open: (note: string) => Checkpoint,
  storage: Pick<Storage, "nodes">,
): Promise<Alarm | undefined> {
  if (anchor === undefined) {
    return { code: "anchor-missing", detail: `the store holds ${tip.size} records and there is no anchor` };
  }
  let known: Checkpoint;
  try {
    known = open(anchor);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    return { code: "anchor-invalid", detail: `the anchor is not a checkpoint of this log: ${reason}` };
  }
  if (known.size > tip.size) {
    const lost = known.size - tip.size;
    return {
      code: "rollback-detected",
      detail: `the anchor is at ${known.size} records and the store at ${tip.size}: ${lost} are gone`,
    };
  }
  if (known.size === 0) return undefined;
  try {
    const proof = await withNodes(storage, (node) => consistencyProof(known.size, tip.size, node));
    verifyConsistency({ size1: known.size, size2: tip.size, root1: known.root, root2: tip.root, proof });
    return undefined;
  } catch (error) {
    // Nodes that are missing or damaged prove as little as a fork does.
    if (!(error instanceof Error)) throw error;
    const detail = `the log of ${tip.size} records does not extend the anchor at ${known.size}: ${error.message}`;
    return { code: "rollback-detected", detail };
  }
}
