import { actionRowSchema } from "@sigil/policy";
import { z } from "zod";
import * as a from "../schema/atoms.ts";
import { llmEndpoints } from "../schema/llm.ts";
import { acceptance, capability, signedTerms } from "../schema/module.ts";
import { signature } from "../schema/record.ts";
import { trustModel } from "../schema/trust.ts";

// The payloads by which people govern a runtime: witnesses, proposals and votes, and what a committed proposal writes.

const mode = z.enum(["solo", "quorum"]);
const reason = a.text(1024).min(1);

/** What the key of a witness signs under `SIGIL-WITNESS-V1`: that its holder has it, and means it for this. */
const witnessStatement = z.strictObject({
  v: z.literal(1),
  runtimeId: a.name,
  /** Names the witness for ever. */
  id: a.name,
  /** Whose vote it is; one witness each. */
  principal: a.name,
  kid: a.kid,
  publicKey: a.bytes32,
  /** The key that this one takes the place of; null for a witness's first. */
  replaces: a.kid.nullable(),
});

/** A statement with the signature of the key that it brings. */
export const witnessProof = z.strictObject({ statement: witnessStatement, sig: signature });

/** The ceremony that leads from `solo` to `quorum` for good; its hash is pinned as `quorum.ceremony`. Version 1 of the set. */
export const quorumEntered = z.strictObject({
  v: z.literal(1),
  version: z.literal(1),
  witnesses: z.array(witnessProof).min(3).max(64),
  ts: a.timestamp,
});

/**
 * Payload of `witness.change`: the next version of the witness set. `version` is one more than the set it changes. A rotation
 * carries the old key's signature over the same statement, or null when the key is lost and a quorum stands in for it.
 */
export const witnessChange = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("add"), version: z.int().min(2), witness: witnessProof, reason, mode }),
  z.strictObject({
    change: z.literal("rotate"),
    version: z.int().min(2),
    witness: witnessProof,
    old: signature.nullable(),
    reason,
    mode,
  }),
  z.strictObject({ change: z.literal("revoke"), version: z.int().min(2), id: a.name, reason, mode }),
]);

/**
 * What is proposed: exactly the record that its commit writes. `digest`, the SHA-256 of RFC 8785 of it, is what
 * attestations sign. k and the witnesses come from the table and the set in force, never from the proposer.
 */
export const proposal = z.strictObject({
  v: z.literal(1),
  id: a.uuid7,
  runtimeId: a.name,
  action: a.action,
  /** The record to be written; `content` is its payload. For `record.erased`, whose payload names what is found then, `{principal, complete}`. */
  entry: z.strictObject({ kind: z.string().max(64), stream: a.identifier, loa: a.loa }),
  content: a.jsonObject,
  /** Tip of the target's stream when it was proposed; null when that was empty. */
  prevHash: a.sha256Ref.nullable(),
  policyDigest: a.sha256Ref,
  requiredK: a.index,
  /** Version of the witness set, and the witnesses whose votes count; both empty-handed in solo: 0 and none. */
  witnessVersion: a.index,
  eligible: z.array(a.name).max(64),
  proposer: a.name,
  /** Why, for whoever is to decide. */
  reason,
  createdAt: a.timestamp,
  expiresAt: a.timestamp,
});

export const proposalCreated = z.strictObject({ proposal, digest: a.sha256Ref });

/** What a witness signs under `SIGIL-ATTESTATION-V1`: a line feed and RFC 8785 of it follow the domain line. */
const attestation = z.strictObject({
  proposalDigest: a.sha256Ref,
  verdict: z.enum(["approve", "reject"]),
  witness: a.name,
  keyId: a.kid,
  iat: a.timestamp,
});

export const signedAttestation = z.strictObject({ attestation, sig: signature });

/** A vote as it is recorded. `reason` is the voter's, and not signed by the witness's key. */
export const proposalVote = z.strictObject({
  proposal: a.uuid7,
  vote: signedAttestation,
  reason: a.text(1024),
});

/**
 * The end of a proposal that somebody brought about. Rejected, expired and stale follow from records and the clock and are not
 * recorded. A commit names the votes that counted by their record hashes, and the records that it wrote as an outcome does.
 */
export const proposalClosed = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("committed"),
    proposal: a.uuid7,
    digest: a.sha256Ref,
    /** Hash of the `proposal.created` record. */
    created: a.sha256Ref,
    votes: z.array(a.sha256Ref).max(64),
    /** The witness set in force at the commit: its version and the hash of the record that made it, null in solo. */
    witnessVersion: a.index,
    witnessRecord: a.sha256Ref.nullable(),
    effects: z
      .array(
        z.strictObject({ id: a.uuid7, kind: z.string().max(64), stream: a.identifier, digest: a.sha256Ref }),
      )
      .max(256),
    mode,
  }),
  z.strictObject({
    state: z.literal("withdrawn"),
    proposal: a.uuid7,
    digest: a.sha256Ref,
    reason,
  }),
]);

/** Payload of `policy.change`: the whole action table from here on. `version` counts from 1; genesis's table is version 0. */
export const policyChange = z.strictObject({
  version: z.int().min(1),
  digest: a.sha256Ref,
  rows: z.array(actionRowSchema).min(1).max(1024),
  reason,
  mode,
});

/** Payload of `trust-model.change`: the weights from here on. Version 0 is the built-in model. */
export const trustModelChange = z.strictObject({ version: z.int().min(1), model: trustModel, reason, mode });

/** What a setting can be: one value, or the endpoints of language models. */
export const settingValue = z.union([z.string().max(1024), z.number(), z.boolean(), llmEndpoints]);

/** Payload of `config.change`: every governed setting that overrides file, environment and flags from here on. */
export const configChange = z.strictObject({
  version: z.int().min(1),
  values: z.record(z.string().regex(/^[a-z_]+\.[a-z_]+$/), settingValue),
  reason,
  mode,
});

/** Payload of `module.change` in `system/module/<id>`: which digest of a module may run, beside those of genesis. */
export const moduleChange = z.discriminatedUnion("change", [
  z.strictObject({
    change: z.enum(["register", "reinstate"]),
    id: a.name,
    version: a.semver,
    digest: a.sha256Ref,
    ...signedTerms,
    capabilities: z.array(capability).max(32),
    /** What was agreed to by name beside the rest, where one person registered it. */
    accept: z.array(acceptance).max(3).optional(),
    reason,
    mode,
  }),
  z.strictObject({ change: z.literal("revoke"), id: a.name, digest: a.sha256Ref, reason, mode }),
]);
