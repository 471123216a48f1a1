import { CanonError, type CanonErrorCode } from "../error.ts";
import { name } from "../identifier.ts";
import type { ReadPlatform } from "../platform.ts";
import { signatureShape } from "../record/check.ts";
import type { Signature } from "../record/frame.ts";
import { count, list, nullOr, object, oneOf, type Shape } from "../shape.ts";
import { keyOf } from "../signature.ts";
import type { PinnedKey } from "../trust/trust-file.ts";
import { MAX_WITNESSES, textUpTo } from "./proposal.ts";
import { type WitnessProof, type WitnessStatements, witnessProofShape } from "./statement.ts";

/** When something stopped counting. */
export interface Moment {
  readonly leaf: number;
  readonly ts: string;
}

/** A key of a witness, for votes at leaves `from` ≤ index < `to`. */
export interface WitnessKey extends PinnedKey {
  /** From here on not even its earlier votes count for a commit; null while nobody took it back. */
  readonly revoked: Moment | null;
}

/** A person who attests proposals. */
export interface Witness {
  readonly id: string;
  readonly principal: string;
  readonly status: "active" | "revoked";
  /** Every key that it ever had, the present one last. */
  readonly keys: readonly WitnessKey[];
  /** Hash of the record that last changed it. */
  readonly by: string;
}

/** All witnesses that there ever were, as one record left them. */
export interface WitnessSet {
  readonly runtimeId: string;
  /** 1 for the ceremony, one more with every change. */
  readonly version: number;
  /** Hash and leaf of the record that made this version. */
  readonly record: string;
  readonly leaf: number;
  readonly witnesses: readonly Witness[];
}

/** A record that makes a version: where it stands, and which keys have another purpose already. */
export interface SetRecord extends Moment {
  readonly hash: string;
  readonly payload: unknown;
  /** What a key is enrolled as outside the set; undefined when nothing. */
  readonly enrolled?: (kid: string) => string | undefined;
}

/** The witness set, folded from records. */
export interface WitnessSets {
  /**
   * Version 1, from the payload of a `quorum.entered` record: at least three witnesses of distinct ids, principals and keys,
   * each with its proof of possession for this runtime. Keys count from the next leaf on.
   */
  enterQuorum(runtimeId: string, record: SetRecord): WitnessSet;
  /**
   * The next version, from the payload of a `witness.change` record. Throws by code: `witness-version` unless it is exactly
   * one more, `unknown-witness`, `witness-known`, `witness-revoked`, `key-enrolled`, `replaces-mismatch`, `runtime-mismatch`,
   * `quorum-unreachable` when fewer than three stay active, and what a wrong shape or signature gives. Whether enough
   * witnesses agreed is not asked here.
   */
  changeWitnesses(set: WitnessSet, record: SetRecord): WitnessSet;
}

/** Fewer active witnesses could not spare one and still reach a majority of at least 2. */
export const MIN_WITNESSES = 3;

interface Change {
  readonly change: "add" | "rotate" | "revoke";
  readonly version: number;
  readonly id: string;
  readonly witness: WitnessProof;
  readonly old: Signature | null;
}

const common = { version: count, reason: textUpTo(1024), mode: oneOf("solo", "quorum") };
const CHANGES: Record<string, Shape> = {
  add: object({ change: oneOf("add"), witness: witnessProofShape, ...common }),
  rotate: object({
    change: oneOf("rotate"),
    witness: witnessProofShape,
    old: nullOr(signatureShape),
    ...common,
  }),
  revoke: object({ change: oneOf("revoke"), id: name, ...common }),
};
const changeShape: Shape = (value, steps, depth) => {
  const { change } = (value ?? {}) as Partial<Change>;
  const known = change !== undefined && Object.hasOwn(CHANGES, change) ? CHANGES[change] : undefined;
  (known ?? object({ change: oneOf(...Object.keys(CHANGES)) }))(value, steps, depth);
};
const enteredShape = /* @__PURE__ */ object({
  v: oneOf(1),
  version: oneOf(1),
  witnesses: list(witnessProofShape, MAX_WITNESSES),
  ts: textUpTo(24),
});

/** The witnesses that may vote now. */
export function activeWitnesses({ witnesses }: Pick<WitnessSet, "witnesses">): readonly Witness[] {
  return witnesses.filter(({ status }) => status === "active");
}

/** The key with which a witness votes now; undefined once it was revoked. */
export function presentKey({ keys }: Pick<Witness, "keys">): WitnessKey | undefined {
  return keys.find(({ to }) => to === null);
}

function refuse(code: CanonErrorCode, detail: string): CanonError {
  return new CanonError(code, detail);
}

export function bindWitnessSets(
  { verifyKey }: Pick<ReadPlatform, "verifyKey">,
  { requireHandOver, verifyWitnessProof }: WitnessStatements,
): WitnessSets {
  // A statement counts for one runtime, and a key for one purpose and one witness, for ever.
  function newKey(set: Pick<WitnessSet, "runtimeId" | "witnesses">, proof: WitnessProof, record: SetRecord) {
    const statement = verifyWitnessProof(proof);
    const { kid, publicKey, runtimeId } = statement;
    if (runtimeId !== set.runtimeId)
      throw refuse("runtime-mismatch", `the statement is for runtime ${runtimeId}, this is ${set.runtimeId}`);
    const holder = set.witnesses.find(({ keys }) => keys.some((key) => key.kid === kid));
    const purpose = holder === undefined ? record.enrolled?.(kid) : `key of witness ${holder.id}`;
    if (purpose !== undefined)
      throw refuse("key-enrolled", `key ${kid} is enrolled already, as ${purpose}; make another`);
    const key: WitnessKey = { kid, publicKey, from: record.leaf + 1, to: null, revoked: null };
    return { statement, key };
  }

  function add(set: WitnessSet, proof: WitnessProof, record: SetRecord): readonly Witness[] {
    const { statement, key } = newKey(set, proof, record);
    const { id, principal, replaces } = statement;
    if (replaces !== null)
      throw refuse(
        "replaces-mismatch",
        `the first key of ${id} replaces none; the statement says ${replaces}`,
      );
    if (set.witnesses.length >= MAX_WITNESSES)
      throw refuse("witness-known", `there are ${MAX_WITNESSES} witnesses, the most that a set ever names`);
    const other = set.witnesses.find((each) => each.id === id);
    if (other !== undefined)
      throw refuse(
        "witness-known",
        `${id} is a witness already (${other.status}); an id is never used again`,
      );
    const same = activeWitnesses(set).find((each) => each.principal === principal);
    if (same !== undefined)
      throw refuse(
        "witness-known",
        `${principal} is a witness already, as ${same.id}; a person has one vote`,
      );
    return [...set.witnesses, { id, principal, status: "active", keys: [key], by: record.hash }];
  }

  function existing(set: WitnessSet, id: string): Witness {
    const witness = set.witnesses.find((each) => each.id === id);
    if (witness === undefined) throw refuse("unknown-witness", `no witness is called ${id}`);
    if (witness.status === "revoked")
      throw refuse("witness-revoked", `${id} is revoked for good; add the person under another id`);
    return witness;
  }

  function rotate(set: WitnessSet, { witness: proof, old }: Change, record: SetRecord): readonly Witness[] {
    const { statement, key } = newKey(set, proof, record);
    const { id, principal, replaces } = statement;
    const witness = existing(set, id);
    const present = presentKey(witness) as WitnessKey;
    if (principal !== witness.principal || replaces !== present.kid) {
      const message = `${id} is ${witness.principal} with key ${present.kid}; the statement says ${principal} and ${replaces}`;
      throw refuse("replaces-mismatch", message);
    }
    if (old !== null) requireHandOver(statement, old, keyOf(present, verifyKey, "$.old"));
    // A key that did not hand over is lost, and may be in other hands: what it signed before does not count either.
    const { leaf, ts } = record;
    const ended: WitnessKey = { ...present, to: leaf, revoked: old === null ? { leaf, ts } : null };
    const keys = [...witness.keys.map((each) => (each === present ? ended : each)), key];
    return set.witnesses.map((each) => (each === witness ? { ...witness, keys, by: record.hash } : each));
  }

  function revoke(set: WitnessSet, { id }: Change, { hash, leaf, ts }: SetRecord): readonly Witness[] {
    const witness = existing(set, id);
    const keys = witness.keys.map((key) => ({
      ...key,
      to: key.to ?? leaf,
      revoked: key.revoked ?? { leaf, ts },
    }));
    return set.witnesses.map((each) =>
      each === witness ? { ...witness, status: "revoked", keys, by: hash } : each,
    );
  }

  function requireEnough(witnesses: readonly Witness[]): readonly Witness[] {
    const active = activeWitnesses({ witnesses }).length;
    if (active < MIN_WITNESSES) {
      const message = `${active} witnesses would be active, at least ${MIN_WITNESSES} must be; add another first`;
      throw refuse("quorum-unreachable", message);
    }
    return witnesses;
  }

  return {
    enterQuorum(runtimeId, record) {
      enteredShape(record.payload, [], 0);
      const { hash, leaf } = record;
      const { witnesses: proofs } = record.payload as { witnesses: readonly WitnessProof[] };
      let set: WitnessSet = { runtimeId, version: 1, record: hash, leaf, witnesses: [] };
      for (const proof of proofs) set = { ...set, witnesses: add(set, proof, record) };
      requireEnough(set.witnesses);
      return set;
    },
    changeWitnesses(set, record) {
      changeShape(record.payload, [], 0);
      const change = record.payload as Change;
      if (change.version !== set.version + 1) {
        const message = `the change makes version ${change.version}; version ${set.version} is in force, so the next is ${set.version + 1}`;
        throw refuse("witness-version", message);
      }
      if (record.leaf <= set.leaf)
        throw refuse(
          "witness-version",
          `the change is at leaf ${record.leaf}, version ${set.version} at leaf ${set.leaf}`,
        );
      const apply = {
        add: () => add(set, change.witness, record),
        rotate: () => rotate(set, change, record),
        revoke: () => revoke(set, change, record),
      }[change.change];
      const { hash, leaf } = record;
      return { ...set, version: change.version, record: hash, leaf, witnesses: requireEnough(apply()) };
    },
  };
}
