export { checkChain, checkChains, type ProvedRecord } from "./chain/check.ts";
export { CHAIN_STEPS, type ChainReport, type ChainStep, type ChainStepName } from "./chain/report.ts";
export { type Change, changesBetween } from "./changes.ts";
export {
  type DoorAnswer,
  type DoorCall,
  DoorClient,
  type DoorRequest,
  type DoorRouteId,
} from "./client/door-client.ts";
export type { DoorEvent } from "./client/events.ts";
export {
  type CallArguments,
  type CallContext,
  type ServiceAnswer,
  ServiceClient,
  type ServiceClientOptions,
  type ServiceRequest,
} from "./client/service-client.ts";
export { CHALLENGE_PATH, type Challenge, newChallenge, parseChallenge } from "./envelope/challenge.ts";
export {
  FRAME,
  FRAMES_MEDIA_TYPE,
  type FrameFlag,
  type FrameMacs,
  openFrames,
  sealFrame,
} from "./envelope/frames.ts";
export { type Grant, grantBody, mintGrant, type Quotas, quotas, verifyGrant } from "./envelope/grant.ts";
export {
  type Authority,
  audience,
  authority,
  CHALLENGE_HEADER,
  DECISION_HEADER,
  ENVELOPE_HEADER,
  ENVELOPE_MAX,
  GRANT_HEADER,
  LIFETIME_MAX,
  type ProtectedHeader,
  protectedHeader,
  RESPONSE_HEADER,
  SKEW,
} from "./envelope/header.ts";
export { NonceWindow } from "./envelope/nonces.ts";
export { readEnvelope, type UnverifiedEnvelope } from "./envelope/read.ts";
export { COVERED_HEADERS, type MacInput, ResponseKey } from "./envelope/response.ts";
export { headerDigest, type SealInput, sealRequest } from "./envelope/seal.ts";
export {
  type BegunRequest,
  EnvelopeVerifier,
  type KeyRegistry,
  type PeerKey,
  type ReceivedRequest,
  type VerifiedRequest,
} from "./envelope/verify.ts";
export {
  type ClientCode,
  ENVELOPE_CODES,
  type EnvelopeCode,
  GRANT_CODES,
  type GrantCode,
  WireError,
  type WireErrorCode,
} from "./error.ts";
export { type HostArguments, type HostCall, parseHostArguments } from "./host-arguments.ts";
export { type OpenApiDocument, type OpenApiOperation, openApi, operationId } from "./openapi/document.ts";
export type { BatchBody, ChainBody, DecisionBody, ErasureBody, OutcomeBody } from "./payload/authored.ts";
export { checkPayload, PAYLOADS, type PayloadKind, type PayloadOf } from "./payload/check.ts";
export { proposal as proposalSchema, signedAttestation, witnessProof } from "./payload/quorum.ts";
export type { SystemGenesis } from "./payload/records.ts";
export { bodyProblem, problemBody, schemaProblem, toProblem, toProblemError } from "./problem/convert.ts";
export { type DenialCode, denialOf } from "./problem/denial.ts";
export { ProblemError, type ProblemExtras } from "./problem/error.ts";
export { PROBLEM_MEDIA_TYPE, type Problem, problem } from "./problem/schema.ts";
export { PROBLEMS, type ProblemCode, type ProblemRow, problemRow } from "./problem/table.ts";
export {
  type FramedRouteId,
  type FrameOf,
  type ParamsOf,
  type QueryOf,
  type RequestInputOf,
  type RequestOf,
  type ResponseOf,
  type RouteId,
  type RouteOf,
  routeId,
  routePath,
  routeRow,
} from "./route.ts";
export { type Auth, ROUTES, type Role, type RouteRow } from "./routes.ts";
export * as atoms from "./schema/atoms.ts";
export { type AuditEntry, type AuditOutcome, auditEntry, auditOutcome } from "./schema/audit.ts";
export type { BundleFrame } from "./schema/canon.ts";
export { type CanonLine, type CanonWrite, canonLine } from "./schema/canon.ts";
export { LINEAGE } from "./schema/chain.ts";
export {
  configRequest,
  type MomentQuery,
  moduleRegistration,
  moduleRequest,
  policyRequest,
  trustModelRequest,
} from "./schema/change.ts";
export { clientKeyRequest } from "./schema/client-key.ts";
export {
  type BackupMade,
  type Erasable,
  type ErasablePage,
  type ErasureAnswer,
  principalErase,
} from "./schema/erasure.ts";
export { issuerRequest } from "./schema/issuer.ts";
export type { KeyStatus, SigningKeyUse } from "./schema/key.ts";
export { type LicenceEntry, type LicenceView, licenceEntry, licenceIssue } from "./schema/licence.ts";
export { isLoopbackBase, type LlmEndpoint, llmEndpoint, llmEndpoints } from "./schema/llm.ts";
export { DECISIONS_DUE, type LocalCommand, localCommand } from "./schema/local-command.ts";
export { policyChange as logPolicyChange } from "./schema/log.ts";
export { type MemoryLine, type MemoryView, type MemoryWrite, memoryLine } from "./schema/memory.ts";
export type {
  Acceptance,
  CapabilityEntry,
  ReplayRequest,
  ReplayResponse,
  RunRequest,
  RunResponse,
  RunResult,
} from "./schema/module.ts";
export { type DryRun, type ExplanationRequest, explained, type PolicyView } from "./schema/policy.ts";
export type { ProposalDetail, ProposalSummary } from "./schema/proposal.ts";
export { publisherRequest } from "./schema/publisher.ts";
export { type StoredRecord, signature } from "./schema/record.ts";
export {
  type Rehearsal,
  type RehearsalAnswer,
  type RehearsalRequest,
  rehearsalAnswer,
  rehearsalRequest,
  type World,
  world,
} from "./schema/rehearsal.ts";
export type { HeldRun, RunSummary } from "./schema/run.ts";
export {
  instanceId,
  type KeyEntry,
  keyEntry,
  type Readiness,
  type RegisteredKey,
  registeredKey,
  SERVICES,
  type ServiceName,
  serviceName,
} from "./schema/service.ts";
export type { StoreAppend, StoreAppended, StoreQuery } from "./schema/store.ts";
export type { TrustCheck, TrustStanding } from "./schema/trust.ts";
export { type QuorumView, type WitnessView, witnessRequests } from "./schema/witness.ts";
