import type { CanonRecord } from "@sigil/canon";
import { checkPayload, type PayloadOf, type ResponseOf, type SystemGenesis, WireError } from "@sigil/wire";
import { invalidRecord } from "./versions.ts";

type Change = PayloadOf<"publisher.change">;
type Listed = ResponseOf<"sigilderg GET /v1/publishers">["publishers"][number];

/** Whose packages run: those whom genesis pins and records added, unless they were revoked. A revoked key never comes back. */
export class Publishers {
  readonly #rows = new Map<string, Listed>();
  readonly #known = new Set<string>();

  /**
   * Follows one record; other kinds are ignored, and so is one that was absorbed before.
   * @throws ControlPlaneError `governing-record-invalid`
   */
  absorb({ id, kind, payload, stream }: CanonRecord): void {
    if (kind !== "system.genesis" && kind !== "publisher.change") return;
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (kind === "system.genesis") {
      for (const publisher of (payload as unknown as SystemGenesis).publishers ?? [])
        this.#rows.set(publisher.kid, { ...publisher, state: "active" });
      return;
    }
    const change = checked(id, payload);
    if (stream !== "system/publishers") throw invalidRecord(kind, id, `it stands in ${stream}`);
    if (change.change === "add") {
      const why = this.refusal(change);
      if (why !== undefined) throw invalidRecord(kind, id, why.detail);
      const { name, kid, publicKey } = change;
      this.#rows.set(kid, { name, kid, publicKey, state: "active" });
      return;
    }
    // A restore repeats the end of one whose beginning it has lost.
    const row = this.#rows.get(change.kid);
    this.#rows.set(change.kid, {
      ...{ name: row?.name ?? null, kid: change.kid, publicKey: row?.publicKey ?? null },
      state: "revoked",
    });
  }

  row(kid: string): Listed | undefined {
    return this.#rows.get(kid);
  }

  /** All that ever were pinned, in the order of the records. */
  get list(): Listed[] {
    return [...this.#rows.values()];
  }

  /** Why a change cannot be made now; undefined when it can. */
  refusal(
    change: Pick<Change, "change" | "kid">,
  ):
    | { readonly code: "publisher-known" | "not-found" | "change-empty"; readonly detail: string }
    | undefined {
    const { kid } = change;
    const state = this.#rows.get(kid)?.state;
    if (change.change === "add") {
      if (state === undefined) return undefined;
      return { code: "publisher-known", detail: `the publisher ${kid} is ${state}` };
    }
    if (state === "active") return undefined;
    if (state === undefined) return { code: "not-found", detail: `no publisher ${kid} was ever pinned` };
    return { code: "change-empty", detail: `the publisher ${kid} is revoked already` };
  }

  /** Why a module of this publisher neither runs nor is registered; undefined when nothing of the publisher's is against it. */
  against(
    publisher: string | null | undefined,
  ): { readonly code: "publisher-unknown" | "publisher-revoked"; readonly detail: string } | undefined {
    if (publisher == null) return { code: "publisher-unknown", detail: "no publisher has signed it" };
    const state = this.#rows.get(publisher)?.state;
    if (state === "active") return undefined;
    if (state === "revoked")
      return { code: "publisher-revoked", detail: `its publisher ${publisher} is revoked` };
    return { code: "publisher-unknown", detail: `its publisher ${publisher} is not pinned here` };
  }
}

function checked(id: string, payload: unknown): Change {
  try {
    return checkPayload("publisher.change", payload);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw invalidRecord("publisher.change", id, error.message, error);
  }
}
