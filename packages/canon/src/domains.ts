import type { Kind } from "./record/kinds.ts";

// Each by itself: a bundler keeps those that a verifier needs, and not the whole table.
export const RECORD_DOMAIN = "SIGIL-RECORD-V1";
const DECISION = "SIGIL-DECISION-V1";
const OUTCOME = "SIGIL-OUTCOME-V1";
const BATCH = "SIGIL-BATCH-V1";
const CHAIN = "SIGIL-CHAIN-V1";
const ERASURE = "SIGIL-ERASURE-V1";
export const WITNESS_DOMAIN = "SIGIL-WITNESS-V1";
export const ATTESTATION_DOMAIN = "SIGIL-ATTESTATION-V1";

/** The first line of everything that Sigil signs: a signature made for one purpose fits no other. */
export const DOMAINS = {
  record: RECORD_DOMAIN,
  request: "SIGIL-REQUEST-V1",
  response: "SIGIL-RESPONSE-V1",
  frame: "SIGIL-FRAME-V1",
  decision: DECISION,
  outcome: OUTCOME,
  batch: BATCH,
  chain: CHAIN,
  erasure: ERASURE,
  keyRotation: "SIGIL-KEY-ROTATION-V1",
  issuer: "SIGIL-ISSUER-V1",
  witness: WITNESS_DOMAIN,
  attestation: ATTESTATION_DOMAIN,
  module: "SIGIL-MODULE-V1",
  grant: "SIGIL-GRANT-V1",
} as const;

/** One of the domain lines. */
export type Domain = (typeof DOMAINS)[keyof typeof DOMAINS];

/** Who signs the payload of a kind, and under which domain. */
export interface AuthoredRow {
  readonly domain: Domain;
  readonly role: "sigilderg" | "mmf";
}

/** The kinds whose payload is `{ body, sig }`, signed by the service that decided, so that a store cannot invent one. */
export const AUTHORED: { readonly [K in Kind]?: AuthoredRow } = {
  decision: { domain: DECISION, role: "sigilderg" },
  "decision.outcome": { domain: OUTCOME, role: "sigilderg" },
  "decision.batch": { domain: BATCH, role: "sigilderg" },
  "chain.frozen": { domain: CHAIN, role: "mmf" },
  "record.erased": { domain: ERASURE, role: "sigilderg" },
};
