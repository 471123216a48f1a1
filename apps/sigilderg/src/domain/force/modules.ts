import type { CanonRecord } from "@sigil/canon";
import { checkPayload, type PayloadOf, type SystemGenesis, WireError } from "@sigil/wire";
import type { RegisteredModule } from "../credentials/genesis.ts";
import { invalidRecord, type Made, type Moment, madeBy, wasThen } from "./versions.ts";

type Change = PayloadOf<"module.change">;

/** One thing that happened to a module: what genesis registered, and every change since. */
export interface ModuleEvent {
  readonly change: "genesis" | Change["change"];
  readonly digest: string;
  /** Null of a revocation. */
  readonly module: RegisteredModule | null;
  /** Null of genesis. */
  readonly made: Made | null;
}

/** Which digest of which module may run: the newest that was registered or reinstated, unless it is revoked. */
export class Modules {
  readonly #events = new Map<string, ModuleEvent[]>();
  readonly #known = new Set<string>();

  /**
   * Follows one record at its leaf; other kinds are ignored, and so is one that was absorbed before.
   * @throws ControlPlaneError `governing-record-invalid`
   */
  absorb(record: CanonRecord, leaf: number): void {
    const { id, kind, payload, stream } = record;
    if (kind !== "system.genesis" && kind !== "module.change") return;
    if (this.#known.has(id)) return;
    this.#known.add(id);
    if (kind === "system.genesis") {
      // Its hash is pinned, so its payload is what bootstrap checked.
      for (const module of (payload as unknown as SystemGenesis).modules)
        this.#push(module.id, { change: "genesis", digest: module.digest, module, made: null });
      return;
    }
    const change = this.#checked(record);
    if (stream !== `system/module/${change.id}`)
      throw invalidRecord(kind, id, `it is about ${change.id}, and stands in ${stream}`);
    const why = this.refusal(change);
    if (why !== undefined) throw invalidRecord(kind, id, why.detail);
    const module = change.change === "revoke" ? null : registered(change);
    this.#push(change.id, {
      change: change.change,
      digest: change.digest,
      ...{ module, made: madeBy(record, leaf) },
    });
  }

  #checked({ id, kind, payload }: CanonRecord): Change {
    try {
      return checkPayload("module.change", payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw invalidRecord(kind, id, error.message, error);
    }
  }

  #push(id: string, event: ModuleEvent): void {
    this.#events.set(id, [...this.eventsOf(id), event]);
  }

  /** Everything that happened to a module, the oldest first; nothing for one that never was registered. */
  eventsOf(id: string): readonly ModuleEvent[] {
    return this.#events.get(id) ?? [];
  }

  /** Every id that ever was registered. */
  get ids(): readonly string[] {
    return [...this.#events.keys()];
  }

  /** The module that was registered last under an id, revoked or not: what the next registration is compared with. */
  latest(id: string): RegisteredModule | undefined {
    return this.eventsOf(id).findLast(({ module }) => module !== null)?.module ?? undefined;
  }

  /** The module that runs under an id, now or at a moment; undefined where none does. */
  inForce(id: string, moment?: Exclude<Moment, { version: number }>): RegisteredModule | undefined {
    let current: RegisteredModule | undefined;
    let revoked = new Set<string>();
    for (const { change, digest, module, made } of this.eventsOf(id)) {
      if (moment !== undefined && !wasThen(made, moment)) break;
      if (change === "revoke") revoked = new Set([...revoked, digest]);
      else revoked.delete(digest);
      current = module ?? current;
    }
    return current !== undefined && revoked.has(current.digest) ? undefined : current;
  }

  /** Whether a digest of a module is revoked now. */
  isRevoked(id: string, digest: string): boolean {
    return this.eventsOf(id).findLast((event) => event.digest === digest)?.change === "revoke";
  }

  /** Why a change cannot be made now; undefined when it can. */
  refusal({ change, id, digest }: Change): Refusal | undefined {
    const known = this.eventsOf(id).some((event) => event.digest === digest);
    const revoked = this.isRevoked(id, digest);
    if (change === "register") {
      if (revoked) return { code: "module-revoked", detail: `${digest} of ${id} is revoked; reinstate it` };
      if (this.inForce(id)?.digest !== digest) return undefined;
      return { code: "change-empty", detail: `${digest} of ${id} is registered already` };
    }
    if (!known) return { code: "module-unregistered", detail: `${digest} of ${id} never was registered` };
    if ((change === "revoke") !== revoked) return undefined;
    return { code: "change-empty", detail: `${digest} of ${id} is ${revoked ? "" : "not "}revoked` };
  }
}

export interface Refusal {
  readonly code: "module-revoked" | "module-unregistered" | "change-empty";
  readonly detail: string;
}

function registered(change: Exclude<Change, { change: "revoke" }>): RegisteredModule {
  const { id, version, digest, publisher, limits, capabilities } = change;
  return { id, version, digest, publisher, limits, capabilities };
}
