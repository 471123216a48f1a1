import type { Loa, RecordDraft } from "@sigil/canon";
import { compareLoa } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import type { Authority } from "./authority.ts";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import { listVisible } from "./listing.ts";
import { mayKnow } from "./ownership.ts";
import type { RecordPage, Store, StoredRecord } from "./store.ts";
import { authorOf } from "./transaction.ts";

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
  readonly cursor?: string;
  readonly tag?: string;
  readonly type?: MemoryType;
}

export function memoryStream(principal: string): string {
  return `memory/${principal}`;
}

/**
 * A memory block of the decision's caller, in the caller's own stream.
 * @throws ProblemError `level-too-low` for a block that its own writer could not read
 */
export function memoryBlock(made: MadeDecision, input: MemoryInput): RecordDraft {
  const { principal, loa } = made.body;
  if (compareLoa(input.loa, loa) > 0) {
    throw new ProblemError("level-too-low", `a block for ${input.loa} cannot be written at level ${loa}`, {
      decisionId: made.id,
      missing: [`a level of ${input.loa}, or a block for ${loa} or lower`],
    });
  }
  return draft({
    kind: "memory.block",
    space: "user",
    stream: memoryStream(principal),
    loa: input.loa,
    author: { ...authorOf(made), decision: made.id },
    payload: { type: input.type, text: input.text, tags: [...input.tags], visibility: input.visibility },
  });
}

/** Blocks that the authority may read: its own, and what others share at its level. Newest first. */
export function listMemory(store: Store, query: MemoryQuery, authority: Authority): Promise<RecordPage> {
  return listVisible(
    store,
    {
      kind: "memory.block",
      order: "desc",
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

/** @throws ProblemError `not-found` when there is none, or none that the caller may know of: one answer for both */
export async function readVisible(
  store: Store,
  id: string,
  authority: Authority,
  ofKind: (kind: string) => boolean = () => true,
): Promise<StoredRecord> {
  const found = await store.read(id, authority);
  const record = found?.signed.record;
  if (
    found === undefined ||
    record === undefined ||
    !ofKind(record.kind) ||
    !mayKnow(record, authority.principal)
  ) {
    throw new ProblemError("not-found", `there is no record ${id} that you may read`, {
      decisionId: authority.decision,
    });
  }
  return found;
}
