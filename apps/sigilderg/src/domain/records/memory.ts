import type { Loa, RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import type { MemoryWrite, ResponseOf } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { readVisible } from "./canon.ts";
import { draft } from "./drafts.ts";
import { boundTo, listVisible } from "./listing.ts";
import { landOwn, requireReadable } from "./own.ts";
import { mayKnow } from "./ownership.ts";
import { requireFits } from "./record-size.ts";
import type { RecordPage, Store, StoredRecord } from "./store.ts";
import { authorOf, orFailed } from "./transaction.ts";

export type MemoryType = "episodic" | "semantic" | "procedural";

export interface MemoryInput {
  readonly type: MemoryType;
  readonly text: string;
  readonly tags: readonly string[];
  readonly visibility: "private" | "shared";
  /** Least level that may read the block. */
  readonly loa: Loa;
}

export interface MemoryQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly tag?: string | undefined;
  readonly type?: MemoryType | undefined;
}

export function memoryStream(principal: string): string {
  return `memory/${principal}`;
}

/**
 * A memory block of the decision's caller, in the caller's own stream.
 * @throws ProblemError `level-too-low` for a block that its own writer could not read
 */
export function memoryBlock(made: MadeDecision, input: MemoryInput): RecordDraft {
  requireReadable(made, input.loa, "a block");
  return draft({
    kind: "memory.block",
    space: "user",
    stream: memoryStream(made.body.principal),
    loa: input.loa,
    author: { ...authorOf(made), decision: made.id },
    payload: { type: input.type, text: input.text, tags: [...input.tags], visibility: input.visibility },
  });
}

/**
 * Writes a block for the caller of an allowed `memory.write`: decision, block and outcome in one transaction. With an
 * idempotency key that was used before, the answer is the first one's.
 */
export async function writeMemory(
  parts: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  input: MemoryWrite,
  idempotencyKey?: string,
): Promise<ResponseOf<"sigilderg POST /v1/memory">> {
  return await orFailed(parts, made, () => landMemory(parts, made, input, idempotencyKey));
}

async function landMemory(
  parts: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  input: MemoryWrite,
  idempotencyKey: string | undefined,
): Promise<ResponseOf<"sigilderg POST /v1/memory">> {
  const { kind, text, tags, visibility } = input;
  requireFits("memory.block", { text, tags: tags ?? [] });
  const loa = input.loa ?? made.body.loa;
  const block = memoryBlock(made, { type: kind, text, tags: tags ?? [], visibility, loa });
  const { placed, ...answer } = await landOwn(parts, made, [block], idempotencyKey);
  const [{ id, hash, index }] = placed;
  return { id, hash, index, ...answer };
}

/** Blocks that the authority may read: its own, and what others share at its level. Newest first unless told otherwise. */
export function listMemory(
  store: Store,
  query: MemoryQuery & { readonly order?: "asc" | "desc" },
  authority: Authority,
): Promise<RecordPage> {
  return listVisible(
    store,
    {
      kind: "memory.block",
      bound: boundTo({ type: query.type }),
      order: query.order ?? "desc",
      limit: query.limit,
      ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      ...(query.tag === undefined ? {} : { tag: query.tag }),
    },
    authority,
    ({ signed: { record } }) =>
      mayKnow(record, authority.principal) &&
      (query.type === undefined || record.payload.type === query.type),
  );
}

/** The caller's own blocks alone, as a module sees them. Newest first. */
export function listOwnMemory(store: Store, query: MemoryQuery, authority: Authority): Promise<RecordPage> {
  return listVisible(
    store,
    {
      kind: "memory.block",
      stream: memoryStream(authority.principal),
      bound: boundTo({ type: query.type }),
      order: "desc",
      limit: query.limit,
      ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      ...(query.tag === undefined ? {} : { tag: query.tag }),
    },
    authority,
    ({ signed: { record } }) => query.type === undefined || record.payload.type === query.type,
  );
}

/** @throws ProblemError `not-found`, also for a block that the caller may not know of */
export async function readMemory(store: Store, id: string, authority: Authority): Promise<StoredRecord> {
  return await readVisible(store, id, authority, (kind) => kind === "memory.block");
}
