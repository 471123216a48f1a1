import type { CanonRecord, TrustFile } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "./authority.ts";
import { ControlPlaneError } from "./error.ts";
import { type Genesis, readGenesis } from "./genesis.ts";
import { LicenceRegister } from "./licence-register.ts";
import { LOCKDOWN_KINDS, Lockdown } from "./lockdown.ts";
import type { Store } from "./store.ts";

const KINDS = ["system.genesis", "license.issue", "license.revoke", ...LOCKDOWN_KINDS] as const;

/**
 * The control plane's memory of the records that it decides by. It is rebuilt from the store whenever the store comes
 * (back) into reach, and followed by the control plane's own writes, which are the only ones.
 */
export class Projection {
  readonly #trust: TrustFile;
  #genesis: Genesis | undefined;
  #licences = new LicenceRegister();
  /** The register of a rebuild that is under way: what is absorbed meanwhile may lie behind the page that it reads. */
  #coming: { readonly licences: LicenceRegister; readonly lockdown: Lockdown } | undefined;
  #lockdown = new Lockdown();

  constructor(trust: TrustFile) {
    this.#trust = trust;
  }

  get ready(): boolean {
    return this.#genesis !== undefined;
  }

  /** @throws ProblemError `service-not-ready` before the first rebuild */
  get genesis(): Genesis {
    if (this.#genesis === undefined) {
      throw new ProblemError("service-not-ready", "the records have not been read yet", { retryAfter: 1 });
    }
    return this.#genesis;
  }

  get licences(): LicenceRegister {
    return this.#licences;
  }

  get lockdown(): Lockdown {
    return this.#lockdown;
  }

  /** Reads everything again and swaps it in whole. */
  async rebuild(store: Store): Promise<void> {
    const licences = new LicenceRegister();
    const lockdown = new Lockdown();
    this.#coming = { licences, lockdown };
    let genesis: Genesis | undefined;
    let cursor: string | undefined;
    do {
      const page = await store.query(
        { kinds: KINDS, order: "asc", limit: 200, ...(cursor === undefined ? {} : { cursor }) },
        SERVICE_AUTHORITY,
      );
      for (const { signed, index } of page.records) {
        if (index === 0) genesis = readGenesis(signed.record, this.#trust);
        licences.absorb(signed.record);
        lockdown.absorb(signed.record, index);
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    if (genesis === undefined) {
      throw new ControlPlaneError(
        "genesis-missing",
        "the store holds no genesis record",
        "Run `sigil start` on an empty home to create a runtime.",
      );
    }
    this.#genesis = genesis;
    this.#licences = licences;
    this.#lockdown = lockdown;
  }

  /** Follows a record of the control plane's own; one of lockdown with the leaf at which it landed. */
  absorb(record: Pick<CanonRecord, "kind" | "payload">): void;
  absorb(record: CanonRecord, leaf: number): void;
  absorb(record: CanonRecord, leaf?: number): void {
    this.#licences.absorb(record);
    this.#coming?.licences.absorb(record);
    if (leaf === undefined) return;
    this.#lockdown.absorb(record, leaf);
    this.#coming?.lockdown.absorb(record, leaf);
  }
}
