import type { CanonRecord } from "@sigil/canon";
import { fromBase64url, type VerifyKey, verifyKey } from "@sigil/crypto";
import type { PayloadOf, PeerKey, ResponseOf } from "@sigil/wire";

type Change = PayloadOf<"client-key.change">;
export type ListedClientKey = ResponseOf<"sigilderg GET /v1/client-keys">["keys"][number];

interface Enrolment {
  readonly publicKey: string;
  readonly key: VerifyKey;
  readonly routes: readonly string[];
  readonly since: string;
}

interface Row {
  readonly principal: string;
  /** Absent where a restore lost it and only knows that the key was ended. */
  readonly enrolment?: Enrolment;
  /** From then on it opens nothing; absent, until something ends it. */
  readonly ends?: string;
  readonly revoked?: true;
}

/**
 * Which envelope keys of callers are in force, from the records: kid → whose → role `client` → routes. A kid is enrolled
 * once and for good; a later record cannot give it to another, lengthen its life or bring it back, even where the record
 * that enrolled it was lost in a restore and only its end is known.
 */
export class ClientKeyRegister {
  readonly #rows = new Map<string, Row>();

  /** Follows one record; every kind but `client-key.change` is ignored. Absorbing a record twice changes nothing. */
  absorb({ kind, payload }: Pick<CanonRecord, "kind" | "payload">): void {
    if (kind !== "client-key.change") return;
    const change = payload as unknown as Change;
    if (change.change === "revoke") {
      this.#end(change, change.kid, change.ts, true);
      return;
    }
    if (change.change === "rotate") this.#end(change, change.replaces, change.ends);
    const { kid, principal, publicKey, routes, ts } = change;
    if (this.#rows.has(kid)) return;
    const key = verifyKey(fromBase64url(publicKey));
    this.#rows.set(kid, { principal, enrolment: { publicKey, key, routes, since: ts } });
  }

  /** The key of a kid that is in force at `now` (milliseconds), as envelopes are verified by it. */
  find(kid: string, now: number): PeerKey | undefined {
    const row = this.#rows.get(kid);
    const state = row === undefined ? undefined : stateOf(row, now);
    if (row?.enrolment === undefined || state === "revoked" || state === "ended") return undefined;
    const { key, routes } = row.enrolment;
    return { issuer: row.principal, role: "client", key, routes };
  }

  row(kid: string, now: number): ListedClientKey | undefined {
    const row = this.#rows.get(kid);
    if (row === undefined) return undefined;
    const { principal, enrolment, ends } = row;
    return {
      ...{ kid, principal, role: "client", routes: [...(enrolment?.routes ?? [])] },
      ...{ publicKey: enrolment?.publicKey ?? null, since: enrolment?.since ?? null },
      state: stateOf(row, now),
      ends: ends ?? null,
    };
  }

  /** Every key that was ever enrolled, or is known to have ended, in the order of the records. */
  list(now: number): ListedClientKey[] {
    return [...this.#rows.keys()].map((kid) => this.row(kid, now)).filter((row) => row !== undefined);
  }

  #end({ principal }: Pick<Change, "principal">, kid: string, at: string, revoked?: true): void {
    const row: Row = this.#rows.get(kid) ?? { principal };
    const ends = row.ends === undefined || at < row.ends ? at : row.ends;
    this.#rows.set(kid, { ...row, ends, ...(revoked === undefined ? {} : { revoked }) });
  }
}

function stateOf({ ends, revoked }: Row, now: number): ListedClientKey["state"] {
  if (revoked === true) return "revoked";
  if (ends === undefined) return "active";
  return Date.parse(ends) <= now ? "ended" : "ending";
}
