import type { CanonRecord, RecordDraft, TrustFile } from "@sigil/canon";
import type { Policy } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { ClientKeyRegister } from "../credentials/client-key-register.ts";
import { type Genesis, readGenesis } from "../credentials/genesis.ts";
import { IssuerRegister } from "../credentials/issuer-register.ts";
import { LicenceRegister } from "../credentials/licence-register.ts";
import { pinnedKeys } from "../credentials/pinned-keys.ts";
import { ControlPlaneError } from "../error.ts";
import { requireDecided } from "../force/decided.ts";
import { Modules } from "../force/modules.ts";
import { Policies } from "../force/policies.ts";
import { Publishers } from "../force/publishers.ts";
import { Settings } from "../force/settings.ts";
import { Violations } from "../force/violations.ts";
import { LOCKDOWN_KINDS, Lockdown } from "../lockdown.ts";
import { Agreements, takesBack } from "../quorum/agreements.ts";
import { GOVERNANCE_KINDS, Governance } from "../quorum/governance.ts";
import type { Placed } from "../quorum/placed.ts";
import { HeldRuns } from "../runs/held-runs.ts";
import type { PlacedRecord, Store } from "./store.ts";

/** What decides. Each comes after the one before it. */
const GOVERNING = [
  "policy.change",
  "trust-model.change",
  "config.change",
  "module.change",
  "publisher.change",
  "module.violation",
  "module.suspended",
] as const;

/** What is believed only as this control plane decided it. */
const DECIDED: ReadonlySet<string> = new Set([...GOVERNING, "quorum.entered", "witness.change"]);

const KINDS = [
  "system.genesis",
  "license.issue",
  "license.revoke",
  "client-key.change",
  "issuer.change",
  ...GOVERNING,
  "run.held",
  "run.reviewed",
  ...LOCKDOWN_KINDS,
  ...GOVERNANCE_KINDS,
] as const;

const FOLLOWED: ReadonlySet<string> = new Set(KINDS);
const ORDERED: ReadonlySet<string> = new Set(GOVERNING);

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
  #waiting: { readonly record: CanonRecord; readonly leaf: number }[] = [];
  #behind: { readonly record: CanonRecord; readonly placed: Placed }[] = [];
  #doubtful = false;

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

  /** Whose modules run. */
  get publishers(): Publishers {
    return this.#registers.publishers;
  }

  /** What speaks against modules. */
  get violations(): Violations {
    return this.#registers.violations;
  }

  /** Held runs that wait for a reviewer. */
  get held(): HeldRuns {
    return this.#registers.held;
  }

  /** Every table and every model that there was. */
  get policies(): Policies {
    return this.#registers.policies;
  }

  /** What records set over the settings of the start. */
  get settings(): Settings {
    return this.#registers.settings;
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

  /** Witnesses and proposals. */
  get governance(): Governance {
    return this.#registers.governance;
  }

  /** `quorum` from the ceremony on, for good. */
  get mode(): "solo" | "quorum" {
    return this.governance.witnesses.set === undefined ? this.genesis.mode : "quorum";
  }

  /** Reads everything again and swaps it in whole. */
  async rebuild(store: Store): Promise<void> {
    const registers = newRegisters(this.#trust);
    this.#coming = registers;
    this.#behind = [];
    this.#waiting = [];
    const own = pinnedKeys(this.#trust.keys.sigilderg);
    const agreements = new Agreements();
    let genesis: Genesis | undefined;
    let cursor: string | undefined;
    do {
      const page = await store.query(
        { kinds: KINDS, order: "asc", limit: 200, ...(cursor === undefined ? {} : { cursor }) },
        SERVICE_AUTHORITY,
      );
      for (const { signed, index, rh } of page.records) {
        const { record } = signed;
        if (index === 0) genesis = readGenesis(record, this.#trust);
        if (DECIDED.has(record.kind) && !takesBack(record)) await requireDecided(record, store, own);
        const placed = { id: record.id, hash: rh, index };
        agreements.before(record, placed, registers.governance);
        absorbInto(registers, record, index);
        registers.governance.absorb(record, placed);
        agreements.after(record, placed, registers.governance, this.#trust.runtimeId);
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
    agreements.requireNoneLeft();
    for (const { record, leaf } of this.#waiting) absorbInto(registers, record, leaf);
    // What landed while the last page was read stands behind it.
    for (const { record, placed } of this.#behind) registers.governance.absorb(record, placed);
    requirePinned(this.#trust.quorum, registers.governance);
    this.#genesis = genesis;
    this.#registers = registers;
    this.#coming = undefined;
    this.#doubtful = false;
  }

  /** Says that a write may have landed which nobody answered for: {@link settled} reads the records again. */
  doubt(): void {
    this.#doubtful = true;
  }

  /** Resolves when what is known is what the store holds. */
  async settled(store: Store): Promise<void> {
    if (this.#doubtful) await this.rebuild(store);
  }

  /** Follows records of the control plane's own that landed together, each at its place; others are left out. */
  follow(records: readonly (RecordDraft | CanonRecord)[], places: readonly PlacedRecord[]): void {
    for (const draft of records) {
      if (!FOLLOWED.has(draft.kind)) continue;
      const place = places.find(({ id }) => id === draft.id);
      if (place === undefined) continue;
      const { id, hash, index, seq, ts } = place;
      const record: CanonRecord = { prev: null, ...draft, v: 1, seq, ts };
      const placed = { id, hash, index };
      this.absorb(record, index);
      this.governance.absorb(record, placed);
      if (this.#coming !== undefined) this.#behind.push({ record, placed });
    }
  }

  /** Follows a record of the control plane's own; one of lockdown with the leaf at which it landed. */
  absorb(record: Pick<CanonRecord, "kind" | "payload">): void;
  absorb(record: CanonRecord, leaf: number): void;
  absorb(record: CanonRecord, leaf?: number): void {
    absorbInto(this.#registers, record, leaf);
    if (this.#coming === undefined) return;
    if (leaf !== undefined && ORDERED.has(record.kind)) this.#waiting.push({ record, leaf });
    else absorbInto(this.#coming, record, leaf);
  }
}

/** @throws ControlPlaneError `ceremony-mismatch`: a store without the pinned ceremony would bring solo mode back */
function requirePinned({ ceremony: pinned }: TrustFile["quorum"], { witnesses }: Governance): void {
  const held = witnesses.ceremony?.hash;
  if (pinned === null || pinned === held) return;
  throw new ControlPlaneError(
    "ceremony-mismatch",
    `trust.json pins the ceremony ${pinned}, and the store holds ${held ?? "none"}`,
    "The store is older than the quorum, or another's: restore a backup that was made after the ceremony, or the trust.json that belongs to it.",
  );
}

/** What the records say, by subject. */
interface Registers {
  readonly licences: LicenceRegister;
  readonly clients: ClientKeyRegister;
  readonly issuers: IssuerRegister;
  readonly lockdown: Lockdown;
  readonly policies: Policies;
  readonly settings: Settings;
  readonly modules: Modules;
  readonly publishers: Publishers;
  readonly violations: Violations;
  readonly held: HeldRuns;
  readonly governance: Governance;
}

function newRegisters({ keys, runtimeId }: TrustFile): Registers {
  return {
    licences: new LicenceRegister(),
    clients: new ClientKeyRegister(),
    lockdown: new Lockdown(),
    policies: new Policies(),
    settings: new Settings(),
    modules: new Modules(),
    publishers: new Publishers(),
    violations: new Violations(),
    held: new HeldRuns(),
    governance: new Governance(runtimeId),
    issuers: new IssuerRegister(pinnedKeys(keys.issuer.filter(({ to }) => to === null)), runtimeId),
  };
}

function absorbInto(registers: Registers, record: CanonRecord, leaf: number | undefined): void {
  const { licences, clients, issuers, lockdown, policies, settings, modules, publishers, violations, held } =
    registers;
  for (const register of [licences, clients, issuers]) register.absorb(record);
  if (leaf === undefined) return;
  lockdown.absorb(record, leaf);
  policies.absorb(record, leaf);
  settings.absorb(record, leaf);
  modules.absorb(record, leaf);
  publishers.absorb(record);
  violations.absorb(record, leaf);
  held.absorb(record, leaf);
}
