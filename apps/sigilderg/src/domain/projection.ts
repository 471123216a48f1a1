import type { CanonRecord, TrustFile } from "@sigil/canon";
import type { Policy } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "./authority.ts";
import { ClientKeyRegister } from "./client-key-register.ts";
import { ControlPlaneError } from "./error.ts";
import { requireDecided } from "./force/decided.ts";
import { Modules } from "./force/modules.ts";
import { Policies } from "./force/policies.ts";
import { type Genesis, readGenesis } from "./genesis.ts";
import { IssuerRegister } from "./issuer-register.ts";
import { LicenceRegister } from "./licence-register.ts";
import { LOCKDOWN_KINDS, Lockdown } from "./lockdown.ts";
import { pinnedKeys } from "./pinned-keys.ts";
import type { Store } from "./store.ts";

/** What decides, and is believed only as this control plane decided it. Each comes after the one before it. */
const GOVERNING: readonly string[] = ["policy.change", "trust-model.change", "module.change"];

const KINDS = [
  "system.genesis",
  "license.issue",
  "license.revoke",
  "client-key.change",
  "issuer.change",
  "policy.change",
  "trust-model.change",
  "module.change",
  ...LOCKDOWN_KINDS,
] as const;

/**
 * The control plane's memory of the records that it decides by. It is rebuilt from the store whenever the store comes
 * (back) into reach, and followed by the control plane's own writes, which are the only ones.
 */
export class Projection {
  readonly #trust: TrustFile;
  #genesis: Genesis | undefined;
  #registers: Registers;
  /** Those of a rebuild that is under way: what is absorbed meanwhile may lie behind the page that it reads. */
  #coming: Registers | undefined;
  /** Of them, what comes one after the other and waits until the pages before it are read. */
  #behind: { readonly record: CanonRecord; readonly leaf: number }[] = [];

  constructor(trust: TrustFile) {
    this.#trust = trust;
    this.#registers = newRegisters(trust);
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

  /** What decides now. Swapped whole, so that whoever took it asks all of one table. */
  get policy(): Policy {
    return this.#registers.policies.inForce;
  }

  /** Which modules run: those of genesis, and what records changed since. */
  get modules(): Modules {
    return this.#registers.modules;
  }

  /** Every table and every model that there was. */
  get policies(): Policies {
    return this.#registers.policies;
  }

  get licences(): LicenceRegister {
    return this.#registers.licences;
  }

  /** Whose licences count; until the records are read, those that are pinned. */
  get issuers(): IssuerRegister {
    return this.#registers.issuers;
  }

  /** Envelope keys of callers. */
  get clients(): ClientKeyRegister {
    return this.#registers.clients;
  }

  get lockdown(): Lockdown {
    return this.#registers.lockdown;
  }

  /** Reads everything again and swaps it in whole. */
  async rebuild(store: Store): Promise<void> {
    const registers = newRegisters(this.#trust);
    this.#coming = registers;
    this.#behind = [];
    const own = pinnedKeys(this.#trust.keys.sigilderg);
    let genesis: Genesis | undefined;
    let cursor: string | undefined;
    do {
      const page = await store.query(
        { kinds: KINDS, order: "asc", limit: 200, ...(cursor === undefined ? {} : { cursor }) },
        SERVICE_AUTHORITY,
      );
      for (const { signed, index } of page.records) {
        if (index === 0) genesis = readGenesis(signed.record, this.#trust);
        if (GOVERNING.includes(signed.record.kind)) await requireDecided(signed.record, store, own);
        absorbInto(registers, signed.record, index);
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
    for (const { record, leaf } of this.#behind) absorbInto(registers, record, leaf);
    this.#genesis = genesis;
    this.#registers = registers;
    this.#coming = undefined;
  }

  /** Follows a record of the control plane's own; one of lockdown with the leaf at which it landed. */
  absorb(record: Pick<CanonRecord, "kind" | "payload">): void;
  absorb(record: CanonRecord, leaf: number): void;
  absorb(record: CanonRecord, leaf?: number): void {
    absorbInto(this.#registers, record, leaf);
    if (this.#coming === undefined) return;
    if (leaf !== undefined && GOVERNING.includes(record.kind)) this.#behind.push({ record, leaf });
    else absorbInto(this.#coming, record, leaf);
  }
}

/** What the records say, by subject. */
interface Registers {
  readonly licences: LicenceRegister;
  readonly clients: ClientKeyRegister;
  readonly issuers: IssuerRegister;
  readonly lockdown: Lockdown;
  readonly policies: Policies;
  readonly modules: Modules;
}

function newRegisters({ keys, runtimeId }: TrustFile): Registers {
  return {
    licences: new LicenceRegister(),
    clients: new ClientKeyRegister(),
    lockdown: new Lockdown(),
    policies: new Policies(),
    modules: new Modules(),
    issuers: new IssuerRegister(pinnedKeys(keys.issuer.filter(({ to }) => to === null)), runtimeId),
  };
}

function absorbInto(registers: Registers, record: CanonRecord, leaf: number | undefined): void {
  const { licences, clients, issuers, lockdown, policies, modules } = registers;
  for (const register of [licences, clients, issuers]) register.absorb(record);
  if (leaf === undefined) return;
  lockdown.absorb(record, leaf);
  policies.absorb(record, leaf);
  modules.absorb(record, leaf);
}
