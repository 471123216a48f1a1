import { type CanonRecord, isErasable, KINDS, type Loa } from "@sigil/canon";
import { type Erasable, type ErasureBody, ProblemError } from "@sigil/wire";
import { sealIdempotency } from "./fingerprint.ts";
import type { KekRing } from "./kek.ts";
import type { RootKeys } from "./keys.ts";
import { readableBy } from "./level.ts";
import { fitting, PAGE_BYTES } from "./page-size.ts";
import { hashRef, openCiphertext, openDek } from "./seal.ts";
import type { Erasure, IdempotencyRow, LeafRow, Storage } from "./storage.ts";

const FINGERPRINT_BYTES = 32;

interface ErasureGround {
  readonly storage: Storage;
  readonly root: RootKeys;
  readonly ring: KekRing;
}

/** The kinds of which some record can be erased. */
const ERASABLE_KINDS = Object.entries(KINDS)
  .filter(([, row]) => row.erasable)
  .map(([kind]) => kind);

/**
 * What of a principal can still be erased, in log order after leaf `after`, at most `limit`, and fewer where records are large. Clear columns only: the
 * records are opened when a receipt names them.
 */
export async function listErasable(
  { principal, after, limit }: { principal: string; after?: number | undefined; limit: number },
  loa: Loa,
  { storage, root }: Pick<ErasureGround, "storage" | "root">,
): Promise<{ targets: Erasable[]; next: number | null }> {
  const rows = await storage.page({
    kinds: ERASABLE_KINDS,
    loas: readableBy(loa),
    principal: root.blind("principal", principal),
    order: "asc",
    ...(after === undefined ? {} : { after }),
    limit,
    bytes: PAGE_BYTES,
  });
  const last = rows.at(-1);
  const targets = rows.filter(
    ({ kind, space, wrappedDek }) => isErasable(kind, space) && wrappedDek !== null,
  );
  return {
    targets: targets.map(({ id, index, rh, kind }) => ({ id, index, hash: hashRef(rh), kind })),
    next: last !== undefined && (rows.length === limit || fitting(rows) < rows.length) ? last.index : null,
  };
}

/** What a `record.erased` record says. Its shape was checked when it was admitted; its author's signature is verify's. */
export function receiptBody({ payload }: Pick<CanonRecord, "payload">): ErasureBody {
  return payload.body as unknown as ErasureBody;
}

/**
 * What landing a receipt at leaf `receipt` destroys. Every target must exist under that hash, be of an erasable kind and
 * still have its key: the ciphertext is opened, because only that proves which kind of record it is. Throws
 * `not-found`, `record-erased`, `record-not-erasable` or `record-damaged`. With `lenient`, targets that the log does not
 * hold, or that are erased already, are passed over: a restored log may be shorter than its receipts.
 */
export async function planErasure(
  record: Pick<CanonRecord, "payload">,
  receipt: number,
  ground: ErasureGround,
  lenient = false,
): Promise<Erasure> {
  const leaves: number[] = [];
  for (const target of receiptBody(record).targets) {
    const row = await ground.storage.leaf(target.index);
    const same = row !== undefined && row.id === target.id && hashRef(row.rh) === target.hash;
    if (lenient && (!same || row.wrappedDek === null)) continue;
    if (!same)
      throw new ProblemError("not-found", `leaf ${target.index} is not the record that the receipt names`);
    if (row.wrappedDek === null) throw erased(row);
    requireErasable(row, ground);
    leaves.push(target.index);
  }
  return { receipt, leaves, idempotency: await blanked(leaves, ground) };
}

function requireErasable(row: LeafRow, { root, ring }: ErasureGround): void {
  if (!isErasable(row.kind, row.space)) {
    throw new ProblemError("record-not-erasable", `record ${row.id} is a ${row.kind} of ${row.space} space`);
  }
  try {
    openCiphertext(row, root.origin, openDek(row, root.origin, ring));
  } catch (cause) {
    const detail = `record ${row.id} at leaf ${row.index} does not open, so nothing proves what would be erased`;
    throw new ProblemError("record-damaged", detail, { cause });
  }
}

/** The fingerprint of a request is a digest of content that whoever holds the root key can guess against: it goes too. */
async function blanked(
  leaves: readonly number[],
  { storage, root }: ErasureGround,
): Promise<IdempotencyRow[]> {
  const rows = await storage.idempotencyOver(leaves);
  return rows.map(({ key, first, count }) =>
    sealIdempotency(root, { key, fingerprint: new Uint8Array(FINGERPRINT_BYTES), first, count }),
  );
}

/** Whether an idempotency key stood for a request of which something was erased. */
export function isBlanked({ fingerprint }: Pick<IdempotencyRow, "fingerprint">): boolean {
  return fingerprint.every((byte) => byte === 0);
}

/** The answer for a record whose key is gone; it names the receipt. */
export function erased({ id, erasedBy }: LeafRow, cause?: unknown): ProblemError {
  if (erasedBy === undefined) {
    const detail = `the key of record ${id} is gone and no receipt says who erased it`;
    return new ProblemError("record-damaged", detail, { cause });
  }
  return new ProblemError("record-erased", `record ${id} was erased by the receipt at leaf ${erasedBy}`, {
    cause,
  });
}
