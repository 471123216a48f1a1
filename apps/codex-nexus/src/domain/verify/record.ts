import {
  AUTHORED,
  type CanonRecord,
  KINDS,
  LOAS,
  rotatePinned,
  type VerifiedRecord,
  verifyAuthored,
  verifyRotation,
} from "@sigil/canon";
import { toHex } from "@sigil/crypto";
import { blindColumns } from "../columns.ts";
import { StoreError } from "../error.ts";
import type { KekRing } from "../kek.ts";
import type { RootKeys } from "../keys.ts";
import { openCiphertext, openDek, openRow } from "../seal.ts";
import type { LeafRow } from "../storage.ts";
import type { KeysAt, PinnedKeys } from "./keys.ts";
import type { VerifyCheck } from "./report.ts";

/** What a keyed verification holds. */
export interface KeyedGround {
  readonly root: RootKeys;
  readonly ring: KekRing;
  readonly recordKeys: KeysAt;
  readonly pinned: PinnedKeys;
  readonly authorKeys: Readonly<Record<"sigilderg" | "mmf", KeysAt>>;
}

/** A check that one record failed. */
export interface Fault {
  readonly check: VerifyCheck;
  readonly detail: string;
}

/** The record of a row if it opens, and everything that is wrong with it. */
export interface Examined {
  readonly signed?: VerifiedRecord;
  readonly faults: readonly Fault[];
}

/** Every check of one row that needs keys. */
export function examine(row: LeafRow, tags: readonly Uint8Array[], ground: KeyedGround): Examined {
  let signed: VerifiedRecord;
  try {
    signed = openRow(row, ground.root.origin, ground.ring, ground.recordKeys(row.index));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Receipts decide about a key that is gone, and they come later in the log.
    if (error.code === "record-erased") return { faults: [] };
    return { faults: [faultOf(error, row, ground)] };
  }
  const faults = [
    ...blindFaults(row, tags, signed.record, ground.root),
    ...authoredFaults(row, signed, ground),
    ...rotationFaults(row, signed, ground),
  ];
  return { signed, faults };
}

function faultOf(error: StoreError, row: LeafRow, ground: KeyedGround): Fault {
  const { message } = error;
  switch (error.code) {
    case "decrypt": {
      const column = editedColumn(row, ground);
      if (column === undefined) return { check: "decrypt", detail: message };
      return { check: "column-mismatch", detail: `column ${column} is not what the record was sealed with` };
    }
    case "wrapped-dek":
    case "kek-unknown":
    case "record-malformed":
    case "signature":
    case "column-mismatch":
    case "record-hash":
      return { check: error.code, detail: message };
    default:
      throw error;
  }
}

/**
 * Which clear column was edited, when putting back another value opens the ciphertext. Kind, space and level have few
 * values and are tried; a ciphertext that opens under none of them is itself damaged, or its id or time is.
 */
function editedColumn(row: LeafRow, { root, ring }: KeyedGround): string | undefined {
  const dek = openDek(row, root.origin, ring);
  const tried: Record<"kind" | "space" | "loa", readonly string[]> = {
    kind: Object.keys(KINDS),
    space: ["user", "system"],
    loa: LOAS,
  };
  for (const [column, values] of Object.entries(tried)) {
    for (const value of values) {
      try {
        openCiphertext({ ...row, [column]: value }, root.origin, dek);
        return column;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
    }
  }
  return undefined;
}

function blindFaults(
  row: LeafRow,
  tags: readonly Uint8Array[],
  record: CanonRecord,
  root: RootKeys,
): Fault[] {
  const right = blindColumns(record, root);
  const wrong: string[] = [];
  if (toHex(right.stream) !== toHex(row.stream)) wrong.push("stream");
  if (toHex(right.principal) !== toHex(row.principal)) wrong.push("principal");
  const names = (list: readonly Uint8Array[]) =>
    list
      .map((tag) => toHex(tag))
      .sort()
      .join();
  if (names(right.tags) !== names(tags)) wrong.push("tags");
  return wrong.map((column) => ({
    check: "blind-index",
    detail: `the blind index of ${column} is not that of the record`,
  }));
}

function authoredFaults(row: LeafRow, { record }: VerifiedRecord, ground: KeyedGround): Fault[] {
  const authored = AUTHORED[record.kind];
  if (authored === undefined) return [];
  try {
    verifyAuthored(authored.domain, record.payload, ground.authorKeys[authored.role](row.index));
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    return [
      { check: "authored-signature", detail: `the payload is not signed by ${authored.role}: ${reason}` },
    ];
  }
}

/** A rotation must be signed by both keys, and say the ranges that are pinned. */
function rotationFaults(row: LeafRow, { record }: VerifiedRecord, { pinned, root }: KeyedGround): Fault[] {
  if (record.kind !== "key.rotated") return [];
  const fault = (detail: string): Fault[] => [{ check: "key-rotation", detail }];
  try {
    const rotation = verifyRotation(record.payload);
    if (rotation.origin !== root.origin) return fault(`it rotates a key of the log ${rotation.origin}`);
    const keys = { ...pinned };
    return rotatePinned(keys, rotation, row.index) === keys
      ? []
      : fault("trust.json does not list the new key yet; the next start of the store writes it");
  } catch (error) {
    return fault(error instanceof Error ? error.message : "it does not verify");
  }
}
