import { CanonError, type CanonRecord, DOMAINS, verifyAuthored } from "@sigil/canon";
import { fromBase64url, toBase64url, type VerifyKey, verifyKey } from "@sigil/crypto";
import type { PayloadOf, RequestOf, ResponseOf } from "@sigil/wire";
import { ControlPlaneError } from "../error.ts";

type Change = PayloadOf<"issuer.change">;
export type IssuerRotation = RequestOf<"sigilderg POST /v1/issuers">;
type Listed = ResponseOf<"sigilderg GET /v1/issuers">["issuers"][number];

/**
 * Whose licences count: the issuer keys that are pinned, and those that the records bring. A new one counts only with the
 * signature of one that is in force, so that a store, which writes records, cannot make an issuer.
 */
export class IssuerRegister {
  readonly #runtimeId: string;
  readonly #active: Map<string, VerifyKey>;
  /** Without its key where the record that brought it was lost in a restore: it never counts again. */
  readonly #retired = new Map<string, VerifyKey | undefined>();

  constructor(pinned: ReadonlyMap<string, VerifyKey>, runtimeId: string) {
    this.#active = new Map(pinned);
    this.#runtimeId = runtimeId;
  }

  /** The keys under which licences verify now, by kid. */
  get keys(): ReadonlyMap<string, VerifyKey> {
    return this.#active;
  }

  get list(): Listed[] {
    const rows = (keys: ReadonlyMap<string, VerifyKey | undefined>, state: Listed["state"]): Listed[] =>
      [...keys].map(([kid, key]) => ({
        ...{ kid, state },
        publicKey: key === undefined ? null : toBase64url(key.raw),
      }));
    return [...rows(this.#active, "active"), ...rows(this.#retired, "retired")];
  }

  state(kid: string): Listed["state"] | undefined {
    return this.#active.has(kid) ? "active" : this.#retired.has(kid) ? "retired" : undefined;
  }

  /**
   * Follows one record; every kind but `issuer.change` is ignored. Absorbing a record twice changes nothing.
   * @throws ControlPlaneError `issuer-unproved` for a new issuer that none in force has signed
   */
  absorb({ kind, payload }: Pick<CanonRecord, "kind" | "payload">): void {
    if (kind !== "issuer.change") return;
    const change = payload as unknown as Change;
    if (change.change === "retire") {
      if (this.#retired.has(change.kid)) return;
      this.#retired.set(change.kid, this.#active.get(change.kid));
      this.#active.delete(change.kid);
      return;
    }
    if (this.state(change.statement.kid) !== undefined) return;
    try {
      this.#active.set(change.statement.kid, this.verify(change));
    } catch (cause) {
      throw new ControlPlaneError(
        "issuer-unproved",
        `the log brings the issuer ${change.statement.kid}, which no issuer in force has signed`,
        "Somebody wrote into the store: hold it against a checkpoint that was kept elsewhere, and restore a backup.",
        { cause },
      );
    }
  }

  /** The new key, if the one that it replaces is in force and both have signed. @throws CanonError, CryptoError */
  verify({ statement, by }: IssuerRotation): VerifyKey {
    const next = verifyKey(fromBase64url(statement.publicKey));
    if (next.kid !== statement.kid)
      throw new CanonError("key-unknown", `the thumbprint of the key is ${next.kid}`, "$.statement.kid");
    if (statement.runtimeId !== this.#runtimeId)
      throw new CanonError("field-invalid", "names another runtime", "$.statement.runtimeId");
    const old = this.#active.get(statement.replaces);
    verifyAuthored(DOMAINS.issuer, { body: statement, sig: by.old }, (kid) =>
      kid === statement.replaces ? old : undefined,
    );
    verifyAuthored(DOMAINS.issuer, { body: statement, sig: by.new }, next);
    return next;
  }
}
