import type { CanonRecord } from "@sigil/canon";
import { fromBase64url, type VerifyKey, verifyKey } from "@sigil/crypto";
import type { PayloadOf, PeerKey, ResponseOf } from "@sigil/wire";

type Change = PayloadOf<"client-key.change">;
export type ListedClientKey = ResponseOf<"sigilderg GET /v1/client-keys">["keys"][number];

interface Row {
  readonly principal: string;
  readonly publicKey: string;
  readonly key: VerifyKey;
  readonly routes: readonly string[];
  readonly since: string;
  /** From then on it opens nothing; absent, until something ends it. */
  readonly ends?: string;
  readonly revoked?: true;
}

/**
 * Which envelope keys of callers are in force, from the records: kid → whose → role `client` → routes. A kid is enrolled
 * once and for good; a later record cannot give it to another, lengthen its life or bring it back.
 */
export class ClientKeyRegister {
  readonly #rows = new Map<string, Row>();

  /** Follows one record; every kind but `client-key.change` is ignored. Absorbing a record twice changes nothing. */
  absorb({ kind, payload }: Pick<CanonRecord, "kind" | "payload">): void {
    if (kind !== "client-key.change") return;
    const change = payload as unknown as Change;
    if (change.change === "revoke") {
      this.#end(change.kid, change.ts, true);
      return;
    }
    if (change.change === "rotate") this.#end(change.replaces, change.ends);
    const { kid, principal, publicKey, routes, ts } = change;
    if (this.#rows.has(kid)) return;
    this.#rows.set(kid, {
      ...{ principal, publicKey, routes, since: ts },
      key: verifyKey(fromBase64url(publicKey)),
    });
  }

  /** The key of a kid that is in force at `now` (milliseconds), as envelopes are verified by it. */
  find(kid: string, now: number): PeerKey | undefined {
    const row = this.#rows.get(kid);
    if (row === undefined || stateOf(row, now) === "revoked" || stateOf(row, now) === "ended")
      return undefined;
    return { issuer: row.principal, role: "client", key: row.key, routes: row.routes };
  }

  row(kid: string, now: number): ListedClientKey | undefined {
    const row = this.#rows.get(kid);
    if (row === undefined) return undefined;
    const { principal, publicKey, routes, since, ends } = row;
    return {
      ...{ kid, principal, publicKey, role: "client", routes: [...routes], since },
      state: stateOf(row, now),
      ends: ends ?? null,
    };
  }

  /** Every key that was ever enrolled, in the order in which they were. */
  list(now: number): ListedClientKey[] {
    return [...this.#rows.keys()].map((kid) => this.row(kid, now)).filter((row) => row !== undefined);
  }

  #end(kid: string, at: string, revoked?: true): void {
    const row = this.#rows.get(kid);
    if (row === undefined) return;
    const ends = row.ends === undefined || at < row.ends ? at : row.ends;
    this.#rows.set(kid, { ...row, ends, ...(revoked === undefined ? {} : { revoked }) });
  }
}

function stateOf({ ends, revoked }: Row, now: number): ListedClientKey["state"] {
  if (revoked === true) return "revoked";
  if (ends === undefined) return "active";
  return Date.parse(ends) <= now ? "ended" : "ending";
}
