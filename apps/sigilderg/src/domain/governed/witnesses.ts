import { changeWitnesses, NOW_LEAF } from "@sigil/canon";
import { quorumUnreachable } from "@sigil/policy";
import { type PayloadOf, ProblemError, witnessRequests } from "@sigil/wire";
import { voteProblem } from "../quorum/problems.ts";
import { jsonOf } from "../records/json.ts";
import { type Circumstances, type Ground, governed, type Write } from "./row.ts";

type Change = PayloadOf<"witness.change">;

/** `witness.add`: somebody more whose attestation counts. */
export const witnessAdd = governed({
  action: "witness.add",
  request: witnessRequests.add,
  prepare: ({ witness }, ground, circumstances) =>
    next(ground, circumstances, (common) => ({ change: "add", witness, ...common })),
  requireApplicable: requireAllowed,
  views,
});

/** `witness.rotate`: another key of a witness; a quorum stands in for the old key's signature when that is lost. */
export const witnessRotate = governed({
  action: "witness.rotate",
  request: witnessRequests.rotate,
  prepare: ({ witness, old }, ground, circumstances) =>
    next(ground, circumstances, (common) => ({ change: "rotate", witness, old, ...common })),
  requireApplicable: requireAllowed,
  views,
});

/** `witness.revoke`: none of the witness's attestations counts from the commit on. */
export const witnessRevoke = governed({
  action: "witness.revoke",
  request: witnessRequests.revoke,
  prepare: ({ id }, ground, circumstances) =>
    next(ground, circumstances, (common) => ({ change: "revoke", id, ...common })),
  requireApplicable: requireAllowed,
  views,
});

function next(
  ground: Ground,
  { mode, reason }: Circumstances,
  make: (common: { version: number; reason: string; mode: "solo" | "quorum" }) => Change,
): Write {
  const version = (ground.projection.governance.witnesses.set?.version ?? 0) + 1;
  const content = jsonOf(make({ version, reason, mode }));
  const write: Write = { kind: "witness.change", stream: "system/witnesses", loa: "Observer", content };
  requireAllowed(write, ground);
  return write;
}

/** The set after the change. @throws ProblemError for one that the witnesses, or the table in force, do not allow */
function after({ content }: Write, { projection, now, key }: Ground) {
  const { set } = projection.governance.witnesses;
  if (set === undefined)
    throw new ProblemError("quorum-absent", "there is no witness set that could be changed");
  try {
    const enrolled = (kid: string) => enrolledAs(kid, projection, key.kid);
    const record = { hash: set.record, payload: content, leaf: NOW_LEAF - 1, ts: now(), enrolled };
    return changeWitnesses(set, record);
  } catch (error) {
    throw voteProblem(error);
  }
}

function requireAllowed(write: Write, ground: Ground): void {
  const { witnesses } = after(write, ground);
  const active = witnesses.filter(({ status }) => status === "active").length;
  const unreachable = quorumUnreachable(ground.projection.policy.rows.values(), active);
  if (unreachable !== undefined) throw new ProblemError("quorum-unreachable", unreachable);
}

function views(write: Write, ground: Ground) {
  const before = ground.projection.governance.witnesses.set?.witnesses ?? [];
  const byId = (list: typeof before) =>
    Object.fromEntries(
      list.map(({ id, principal, status, keys }) => [
        id,
        { principal, status, key: keys.at(-1)?.kid ?? null },
      ]),
    );
  return { before: byId(before), after: byId(after(write, ground).witnesses) };
}

/** What a key is enrolled as already, outside the witnesses. */
export function enrolledAs(
  kid: string,
  { clients, issuers }: Pick<Ground["projection"], "clients" | "issuers">,
  own: string,
): string | undefined {
  if (kid === own) return "the key of the control plane";
  if (issuers.state(kid) !== undefined) return "a key of an issuer";
  return clients.row(kid, 0) === undefined ? undefined : "a client key";
}
