import type { CanonRecord } from "@sigil/canon";
import { checkPayload, type PayloadOf, type SystemGenesis, WireError } from "@sigil/wire";
import type { RegisteredModule } from "../credentials/genesis.ts";
import { invalidRecord, type Made, type Moment, madeBy, wasThen } from "./versions.ts";
import { evidenceStream } from "./violations.ts";

type Change = PayloadOf<"module.change">;

/** One thing that happened to a module: what genesis registered, every change since, every suspension. */
export interface ModuleEvent {
  readonly change: "genesis" | Change["change"] | "suspend";
  readonly digest: string;
  /** Null of a revocation and a suspension. */
  readonly module: RegisteredModule | null;
  /** Null of genesis. */
  readonly made: Made | null;
}

/** What keeps a digest from running: somebody revoked it, or its own violations of Rule Zero suspended it. */
export type Stopped = "revoked" | "suspended";

const STOPS: Partial<Record<ModuleEvent["change"], Stopped>> = { revoke: "revoked", suspend: "suspended" };

const KINDS: ReadonlySet<string> = new Set(["system.genesis", "module.change", "module.suspended"]);

/** Which digest of which module may run: the newest that was registered or reinstated, unless it is revoked or suspended. */
export class Modules {
  readonly #events = new Map<string, ModuleEvent[]>();
  readonly #known = new Set<string>();

  /**
   * Follows one record at its leaf; other kinds are ignored, and so is one that was absorbed before.
   * @throws ControlPlaneError `governing-record-invalid`
   */
  absorb(record: CanonRecord, leaf: number): void {
    const { id, kind, payload } = record;
    if (!KINDS.has(kind) || this.#known.has(id)) return;
    this.#known.add(id);
    if (kind === "module.change") this.#change(record, leaf);
    else if (kind === "module.suspended") this.#suspension(record, leaf);
    else {
      // Its hash is pinned, so its payload is what bootstrap checked.
      for (const module of (payload as unknown as SystemGenesis).modules)
        this.#push(module.id, { change: "genesis", digest: module.digest, module, made: null });
    }
  }

  #change(record: CanonRecord, leaf: number): void {
    const { id, kind } = record;
    const change = checked("module.change", record);
    requireStream(record, change.id, `system/module/${change.id}`);
    const why = this.refusal(change);
    if (why !== undefined) throw invalidRecord(kind, id, why.detail);
    const module = change.change === "revoke" ? null : registered(change);
    this.#push(change.id, {
      change: change.change,
      digest: change.digest,
      ...{ module, made: madeBy(record, leaf) },
    });
  }

  /** Runs that end together may each bring the suspension; what is stopped already stays as it is. */
  #suspension(record: CanonRecord, leaf: number): void {
    const { id, digest } = checked("module.suspended", record);
    requireStream(record, id, evidenceStream(id));
    if (this.stopped(id, digest) !== undefined) return;
    this.#push(id, { change: "suspend", digest, module: null, made: madeBy(record, leaf) });
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

  /** The digest that would run if nothing stopped it, now or at a moment. */
  newest(id: string, moment?: Exclude<Moment, { version: number }>): RegisteredModule | undefined {
    return this.eventsOf(id).findLast(
      ({ module, made }) => module !== null && (moment === undefined || wasThen(made, moment)),
    )?.module as RegisteredModule | undefined;
  }

  /** The module that runs under an id, now or at a moment; undefined where none does. */
  inForce(id: string, moment?: Exclude<Moment, { version: number }>): RegisteredModule | undefined {
    const newest = this.newest(id, moment);
    return newest !== undefined && this.stopped(id, newest.digest, moment) === undefined ? newest : undefined;
  }

  /** What keeps a digest from running, now or at a moment; undefined where nothing does. */
  stopped(id: string, digest: string, moment?: Exclude<Moment, { version: number }>): Stopped | undefined {
    const last = this.eventsOf(id).findLast(
      (event) => event.digest === digest && (moment === undefined || wasThen(event.made, moment)),
    );
    return last && STOPS[last.change];
  }

  /** The leaf of the last reinstatement of a digest: what it did before is forgiven. −1 where there was none. */
  forgivenAt(id: string, digest: string): number {
    const last = this.eventsOf(id).findLast(
      (event) => event.digest === digest && event.change === "reinstate",
    );
    return last?.made?.index ?? -1;
  }

  /** Why nothing runs under an id now; asked where {@link inForce} answers nothing. */
  refusalToRun(id: string): RunRefusal {
    const name = `the module ${JSON.stringify(id)}`;
    const newest = this.newest(id);
    if (newest === undefined) return { code: "module-unregistered", detail: `${name} is not registered` };
    return stoppedRefusal(newest, this.stopped(id, newest.digest) ?? "revoked");
  }

  /** Why a change cannot be made now; undefined when it can. */
  refusal({ change, id, digest }: Change): Refusal | undefined {
    const known = this.eventsOf(id).some((event) => event.digest === digest);
    const stopped = this.stopped(id, digest);
    if (change === "register") {
      if (stopped !== undefined)
        return { code: `module-${stopped}`, detail: `${digest} of ${id} is ${stopped}; reinstate it` };
      if (this.inForce(id)?.digest !== digest) return undefined;
      return { code: "change-empty", detail: `${digest} of ${id} is registered already` };
    }
    if (!known) return { code: "module-unregistered", detail: `${digest} of ${id} never was registered` };
    if (change === "revoke") {
      if (stopped !== "revoked") return undefined;
      return { code: "change-empty", detail: `${digest} of ${id} is revoked` };
    }
    if (stopped !== undefined) return undefined;
    return { code: "change-empty", detail: `${digest} of ${id} is neither revoked nor suspended` };
  }
}

export interface Refusal {
  readonly code: "module-revoked" | "module-suspended" | "module-unregistered" | "change-empty";
  readonly detail: string;
}

/** Why a module does not run. */
export interface RunRefusal {
  readonly code: Exclude<Refusal["code"], "change-empty">;
  readonly detail: string;
}

/** Why a digest that is stopped does not run. */
export function stoppedRefusal(
  { id, digest }: Pick<RegisteredModule, "id" | "digest">,
  by: Stopped,
): RunRefusal {
  return { code: `module-${by}`, detail: `the module ${JSON.stringify(id)} is ${by} (${digest})` };
}

/** @throws ControlPlaneError `governing-record-invalid` */
function checked<K extends "module.change" | "module.suspended">(kind: K, record: CanonRecord): PayloadOf<K> {
  try {
    return checkPayload(kind, record.payload);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw invalidRecord(kind, record.id, error.message, error);
  }
}

/** @throws ControlPlaneError `governing-record-invalid` */
function requireStream({ id, kind, stream }: CanonRecord, module: string, expected: string): void {
  if (stream !== expected) throw invalidRecord(kind, id, `it is about ${module}, and stands in ${stream}`);
}

function registered(change: Exclude<Change, { change: "revoke" }>): RegisteredModule {
  const { id, version, digest, publisher, limits, capabilities } = change;
  return { id, version, digest, publisher, limits, capabilities };
}
