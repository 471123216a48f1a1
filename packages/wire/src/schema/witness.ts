import { z } from "zod";
import { witnessProof } from "../payload/quorum.ts";
import * as a from "./atoms.ts";
import { signature } from "./record.ts";

const mode = z.enum(["solo", "quorum"]);

/** A record by what names it for ever: its id, its hash, and the leaf at which it stands. */
export const placedRecord = z.strictObject({ id: a.uuid7, hash: a.sha256Ref, index: a.index });

/** A key of a witness, valid for votes at the leaves `from` ≤ index < `to`. */
const witnessKey = z.strictObject({
  kid: a.kid,
  publicKey: a.bytes32,
  from: a.index,
  to: a.index.nullable(),
});

/** A person whose attestations count, with every key that was ever theirs, the present one last. */
export const witnessView = z.strictObject({
  id: a.name,
  principal: a.name,
  status: z.enum(["active", "revoked"]),
  keys: z.array(witnessKey).min(1).max(1024),
});
export type WitnessView = z.infer<typeof witnessView>;

/** `GET /v1/witnesses`: the set in force. Version 0 and nobody where no quorum was entered. */
export const witnessList = z.strictObject({
  version: a.index,
  /** The record that made this version; null for version 0. */
  record: placedRecord.nullable(),
  witnesses: z.array(witnessView).max(1024),
});

/** `GET /v1/witnesses/:id`: the witness, and the records that made it what it is. */
export const witnessDetail = z.strictObject({
  witness: witnessView,
  history: z
    .array(
      z.strictObject({
        version: z.int().min(1),
        change: z.enum(["enrol", "add", "rotate", "revoke"]),
        record: placedRecord,
        /** The proposal that was committed for it; null for the ceremony. */
        proposal: a.uuid7.nullable(),
        ts: a.timestamp,
      }),
    )
    .max(1024),
});

/** `GET /v1/quorum`: whether system writes need others, and who they are. */
export const quorumView = z.strictObject({
  mode,
  /** The record of the ceremony, which trust.json pins; null in solo. */
  ceremony: placedRecord.nullable(),
  version: a.index,
  active: z.array(z.strictObject({ id: a.name, principal: a.name })).max(1024),
  /** Attestations of a row with a majority: max(2, floor(active / 2) + 1); 0 in solo. */
  majority: a.index,
});
export type QuorumView = z.infer<typeof quorumView>;

/** `POST /v1/quorum`: the ceremony. Each witness proves that they hold the key that they bring. There is no way back. */
export const quorumEnter = z.strictObject({ witnesses: z.array(witnessProof).min(3).max(64) });
export const quorumEntered = z.strictObject({
  mode: z.literal("quorum"),
  version: z.literal(1),
  /** `hash` is what trust.json pins as `quorum.ceremony`. */
  ceremony: placedRecord,
  decision: a.uuid7,
});

/** The `request` of a proposal that changes the witnesses, by what it does; the proposal's reason is the change's. */
export const witnessRequests = {
  add: z.strictObject({ witness: witnessProof }),
  rotate: z.strictObject({ witness: witnessProof, old: signature.nullable() }),
  revoke: z.strictObject({ id: a.name }),
} as const;
