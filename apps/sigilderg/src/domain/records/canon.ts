import type { Loa } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { listVisible } from "./listing.ts";
import { mayKnow } from "./ownership.ts";
import type { RecordPage, Store, StoredRecord } from "./store.ts";

export interface CanonQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly kind?: string | undefined;
  readonly stream?: string | undefined;
  readonly principal?: string | undefined;
  readonly tag?: string | undefined;
  readonly space?: "user" | "system" | undefined;
  readonly loa?: Loa | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Records of any kind that the authority may read and know of. Newest first; a stream in its own order. */
export function listCanon(store: Store, query: CanonQuery, authority: Authority): Promise<RecordPage> {
  const { limit, stream, ...rest } = query;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return listVisible(
    store,
    {
      order: stream === undefined ? "desc" : "asc",
      limit,
      ...given,
      ...(stream === undefined ? {} : { stream }),
    },
    authority,
    ({ signed }) => mayKnow(signed.record, authority.principal),
  );
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
