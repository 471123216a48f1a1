import {
  activeWitnesses,
  CanonError,
  type CanonRecord,
  changeWitnesses,
  enterQuorum,
  type Witness,
  type WitnessSet,
} from "@sigil/canon";
import { CryptoError } from "@sigil/crypto";
import type { ResponseOf } from "@sigil/wire";
import { ControlPlaneError } from "../error.ts";
import type { Placed } from "./placed.ts";

/** A record that changed a witness; by which proposal, the register of proposals knows. */
type History = readonly Omit<ResponseOf<"sigilderg GET /v1/witnesses/:id">["history"][number], "proposal">[];

/** The records that make a version of the witness set. */
export const WITNESS_KINDS = ["quorum.entered", "witness.change"] as const;

/** Who the witnesses are, by the ceremony and every change after it, in the order of the log. */
export class WitnessRegister {
  readonly #runtimeId: string;
  readonly #history = new Map<string, History>();
  readonly #sets: WitnessSet[] = [];
  #ceremony: Placed | undefined;
  #record: Placed | undefined;

  constructor(runtimeId: string) {
    this.#runtimeId = runtimeId;
  }

  /** Undefined before the ceremony. */
  get set(): WitnessSet | undefined {
    return this.#sets.at(-1);
  }

  /** Every version, the first at 0. */
  get sets(): readonly WitnessSet[] {
    return this.#sets;
  }

  get ceremony(): Placed | undefined {
    return this.#ceremony;
  }

  /** The record that made the present version. */
  get record(): Placed | undefined {
    return this.#record;
  }

  get active(): readonly Witness[] {
    return this.set === undefined ? [] : activeWitnesses(this.set);
  }

  find(id: string): Witness | undefined {
    return this.set?.witnesses.find((each) => each.id === id);
  }

  /** The active witness that is this principal. */
  of(principal: string): Witness | undefined {
    return this.active.find((each) => each.principal === principal);
  }

  historyOf(id: string): History {
    return this.#history.get(id) ?? [];
  }

  /**
   * Follows one record; every kind but those of the set is ignored, and one that is not behind the last.
   * @throws ControlPlaneError `witness-set-invalid` for a change that the set before it does not allow
   */
  absorb(record: CanonRecord, { id, hash, index }: Placed): void {
    const { kind, payload, ts } = record;
    if (kind !== "quorum.entered" && kind !== "witness.change") return;
    const { set } = this;
    if (set !== undefined && index <= set.leaf) return;
    const at = { hash, payload, leaf: index, ts };
    try {
      const entered = kind === "quorum.entered";
      if (entered && set !== undefined) throw new CanonError("witness-version", "the quorum is entered once");
      if (!entered && set === undefined)
        throw new CanonError("witness-version", "no quorum was entered before it");
      const next = set === undefined ? enterQuorum(this.#runtimeId, at) : changeWitnesses(set, at);
      this.#sets.push(next);
      const placed = { id, hash, index };
      this.#record = placed;
      if (entered) this.#ceremony = placed;
      const change = entered ? "enrol" : (payload.change as "add" | "rotate" | "revoke");
      for (const witness of next.witnesses.filter(({ by }) => by === hash)) {
        const { version } = next;
        const entry = { version, change, record: placed, ts } as const;
        this.#history.set(witness.id, [...this.historyOf(witness.id), entry]);
      }
    } catch (cause) {
      if (!(cause instanceof CanonError || cause instanceof CryptoError)) throw cause;
      throw new ControlPlaneError(
        "witness-set-invalid",
        `the log changes the witnesses at leaf ${index} in a way that they do not allow: ${cause.code}: ${cause.message}`,
        "Somebody wrote into the store: hold it against a checkpoint that was kept elsewhere, and restore a backup.",
        { cause },
      );
    }
  }
}
