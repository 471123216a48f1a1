import type { Kind } from "./record/kinds.ts";

/** The first line of everything that Sigil signs: a signature made for one purpose fits no other. */
export const DOMAINS = {
  record: "SIGIL-RECORD-V1",
  request: "SIGIL-REQUEST-V1",
  response: "SIGIL-RESPONSE-V1",
  decision: "SIGIL-DECISION-V1",
  outcome: "SIGIL-OUTCOME-V1",
  batch: "SIGIL-BATCH-V1",
  chain: "SIGIL-CHAIN-V1",
  erasure: "SIGIL-ERASURE-V1",
  keyRotation: "SIGIL-KEY-ROTATION-V1",
  issuer: "SIGIL-ISSUER-V1",
  attestation: "SIGIL-ATTESTATION-V1",
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
  decision: { domain: DOMAINS.decision, role: "sigilderg" },
  "decision.outcome": { domain: DOMAINS.outcome, role: "sigilderg" },
  "decision.batch": { domain: DOMAINS.batch, role: "sigilderg" },
  "chain.frozen": { domain: DOMAINS.chain, role: "mmf" },
  "record.erased": { domain: DOMAINS.erasure, role: "sigilderg" },
};
