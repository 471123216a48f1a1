import { DOMAINS, type Json, type RecordDraft, signAuthored } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import {
  type BackupMade,
  type Erasable,
  type ErasureAnswer,
  type ErasureBody,
  ProblemError,
} from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Authority } from "../authority.ts";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { draft } from "./drafts.ts";
import { memoryStream, readMemory } from "./memory.ts";
import type { Store } from "./store.ts";
import { authorOf, decidedWrite } from "./transaction.ts";

interface Parts {
  readonly store: Store;
  readonly key: SigningKey;
  readonly now: Clock;
}

/** Targets that one receipt names, and receipts that land together: what one call erases lands whole or not at all. */
const TARGETS_PER_RECEIPT = 256;
const RECEIPTS_PER_CALL = 32;
const PAGE = 1024;

/** What of a principal is there to erase, as far as one call takes it; `more` says that another goes on. */
export interface Found {
  readonly targets: readonly Erasable[];
  readonly backups: readonly BackupMade[];
  readonly more: boolean;
}

/** What a caller wants gone. */
interface Plan extends Found {
  readonly principal: string;
  readonly complete: boolean;
}

/**
 * Forgets one block of the caller's own stream: decision, receipt and outcome in one transaction, in which the store
 * destroys the block's key. A preview lands the decision as held and erases nothing.
 * @throws ProblemError `not-found` for a block of somebody else, also a shared one · `record-erased`
 */
export async function forgetMemory(
  parts: Parts,
  made: MadeDecision,
  id: string,
  preview: boolean,
): Promise<ErasureAnswer> {
  const authority = authorityOf(made);
  const { principal } = authority;
  const { signed, index, rh } = await readMemory(parts.store, id, authority);
  const { kind, stream, author } = signed.record;
  if (author.principal !== principal || stream !== memoryStream(principal)) {
    const detail = `there is no block ${id} in your own stream`;
    throw new ProblemError("not-found", detail, { decisionId: made.id });
  }
  const { backups } = await parts.store.erasable({ principal, limit: 1 }, authority);
  const targets = [{ id, index, hash: rh, kind }];
  return land(parts, made, { principal, complete: false, targets, backups, more: false }, preview);
}

/**
 * Erases everything of a principal that can be erased, up to a limit that one transaction holds; `more` says that another
 * call goes on. Decisions, outcomes, chains, licences and receipts stay: they hold no text.
 * @throws ProblemError `not-found` when nothing is left to erase
 */
export async function erasePrincipal(
  parts: Parts,
  made: MadeDecision,
  wanted: { readonly principal: string; readonly preview: boolean; readonly complete: boolean },
): Promise<ErasureAnswer> {
  const { principal, complete, preview } = wanted;
  const found = await foundOf(parts.store, principal, authorityOf(made));
  if (found.targets.length === 0) throw nothingLeft(principal, made.id);
  return land(parts, made, { principal, complete, ...found }, preview);
}

/** What of a principal can still be erased, as far as the authority reaches. */
export async function foundOf(
  store: Pick<Store, "erasable">,
  principal: string,
  authority: Authority,
): Promise<Found> {
  const targets: Erasable[] = [];
  let backups: readonly BackupMade[] = [];
  let after: number | null = null;
  do {
    const query = { principal, limit: PAGE, ...(after === null ? {} : { after }) };
    const page = await store.erasable(query, authority);
    targets.push(...page.targets);
    backups = page.backups;
    after = page.next;
  } while (after !== null && targets.length < TARGETS_PER_RECEIPT * RECEIPTS_PER_CALL);
  const now = targets.slice(0, TARGETS_PER_RECEIPT * RECEIPTS_PER_CALL);
  return { targets: now, backups, more: after !== null || now.length < targets.length };
}

export function nothingLeft(principal: string, decisionId?: string): ProblemError {
  const detail = `nothing of ${principal} is left that can be erased`;
  return new ProblemError("not-found", detail, decisionId === undefined ? {} : { decisionId });
}

/** Records by kind. */
export function kindsOf(targets: readonly Erasable[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const { kind } of targets) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
}

async function land(
  { store, key, now }: Parts,
  made: MadeDecision,
  plan: Plan,
  preview: boolean,
): Promise<ErasureAnswer> {
  const receipts = preview ? [] : receiptsOf(plan, made, key, now());
  const end = preview ? { status: "held" as const, code: "preview" } : { status: "done" as const };
  const { records } = await store.append(
    { records: decidedWrite(made, receipts, key, now, end) },
    authorityOf(made),
  );
  const { principal, complete, targets, backups, more } = plan;
  return {
    ...{ preview, principal, complete, kinds: kindsOf(targets), more },
    decision: made.id,
    records: targets.length,
    receipts: records.slice(1, -1).map(({ id, index, hash }) => ({ id, index, hash })),
    backups: [...backups],
  };
}

/** The receipts of an erasure, each signed: the store destroys what they name when they land. */
export function receiptsOf(
  { principal, complete, targets, backups }: Omit<Plan, "more">,
  made: MadeDecision,
  key: SigningKey,
  ts: string,
): RecordDraft[] {
  const receipts: RecordDraft[] = [];
  for (let from = 0; from < targets.length; from += TARGETS_PER_RECEIPT) {
    const named = targets.slice(from, from + TARGETS_PER_RECEIPT);
    const body: ErasureBody = {
      decision: made.id,
      ...{ principal, complete, ts },
      targets: named.map(({ id, index, hash }) => ({ id, index, hash })),
      backups: [...backups],
    };
    receipts.push(
      draft({
        kind: "record.erased",
        space: "system",
        stream: `erasure/${made.id}`,
        loa: "Observer",
        author: { ...authorOf(made), decision: made.id },
        payload: signAuthored(DOMAINS.erasure, body, key) as unknown as Record<string, Json>,
      }),
    );
  }
  return receipts;
}
