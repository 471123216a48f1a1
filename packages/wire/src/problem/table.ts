import type { EnvelopeCode, GrantCode } from "../error.ts";

export interface ProblemRow {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
  /** Seconds of the Retry-After header when who throws the problem knows no better. Every 503 has them. */
  readonly retryAfter?: number;
}

const row = (status: number, title: string, remedy: string): ProblemRow => ({ status, title, remedy });

/** 503: what is away comes back by itself, within a second or so unless the row says otherwise. */
const away = (title: string, remedy: string, retryAfter = 1): ProblemRow => ({
  ...{ status: 503, title, remedy },
  retryAfter,
});

/** Seconds after which it is worth asking again when a person has to do something first. */
const AFTER_A_PERSON = 60;

const envelope = (title: string, status = 401): ProblemRow =>
  row(status, title, "Seal a fresh envelope for exactly this request with an enrolled key.");
const grant = (title: string): ProblemRow =>
  row(401, title, "Grants are minted by SigilDERG per run; start a new run.");

const refusedEnvelopes: Record<EnvelopeCode, ProblemRow> = {
  "envelope-missing": envelope("The request carries no envelope."),
  "envelope-duplicate": envelope("The request carries more than one envelope."),
  "envelope-too-large": envelope("The envelope exceeds its size limit.", 431),
  "envelope-malformed": envelope("The envelope is not two base64url parts with a JSON object."),
  "envelope-not-canonical": envelope("The protected header is not in canonical form."),
  "envelope-unknown-field": envelope("The protected header has a field that is not defined."),
  "envelope-field": envelope("A field of the protected header is missing or malformed."),
  "stale-instance": row(
    409,
    "The envelope names an earlier instance of this service.",
    "Read /.well-known/sigil-instance again, seal anew and retry.",
  ),
  "envelope-audience": envelope("The envelope is addressed to another service."),
  "envelope-method": envelope("The envelope names another method."),
  "envelope-path": envelope("The envelope names another path or query."),
  "envelope-content-type": envelope("The envelope names another content type."),
  "envelope-expired": envelope("The envelope has expired."),
  "envelope-future": envelope("The envelope was issued in the future."),
  "envelope-lifetime": envelope("The envelope asks for a longer life than 60 s."),
  "envelope-key-unknown": envelope("The envelope's key is not enrolled here."),
  "envelope-issuer": envelope("The envelope's issuer does not own its key."),
  "envelope-role": envelope("The envelope's key may not use this route.", 403),
  "envelope-route": envelope("The envelope's key is enrolled for other routes.", 403),
  "envelope-context": envelope("Only SigilDERG passes on authority.", 403),
  "envelope-licence": envelope("The envelope binds another licence."),
  "envelope-grant": envelope("The envelope binds another run grant."),
  "envelope-body": envelope("The body is not the one that was sealed."),
  "envelope-signature": envelope("The envelope's signature does not verify."),
  "envelope-replayed": envelope("The envelope was used before."),
  "nonce-window-full": away(
    "The service remembers as many requests as it can.",
    "Retry after the seconds in Retry-After.",
    5,
  ),
};

const refusedGrants: Record<GrantCode, ProblemRow> = {
  "grant-missing": grant("The route needs a run grant."),
  "grant-malformed": grant("The run grant is malformed."),
  "grant-signature": grant("The run grant's signature does not verify."),
  "grant-expired": grant("The run grant has expired."),
  "grant-future": grant("The run grant was issued in the future."),
  "grant-holder": grant("The run grant belongs to another holder."),
};

/**
 * Every problem that any Sigil service answers, by code. A code is a fact and never changes its meaning; a new
 * fact is a new row here. `remedy` is the sentence for somebody who can do something about it.
 */
export const PROBLEMS = {
  // The request as HTTP
  "request-malformed": row(400, "The bytes are no HTTP request.", "Send HTTP/1.1 as RFC 9112 has it."),
  "request-timeout": row(408, "The request did not arrive in time.", "Send it at once, on a new connection."),
  "head-too-large": row(431, "The head of the request is too large.", "Send fewer or shorter headers."),
  "route-unknown": row(404, "There is no such route.", "See docs/reference for the routes of this service."),
  "method-not-allowed": row(
    405,
    "The route does not answer this method.",
    "Use a method of the Allow header.",
  ),
  "host-refused": row(
    421,
    "The Host header names a host that this service does not serve.",
    "Use a loopback name, or add the name to allowed_hosts.",
  ),
  "path-not-canonical": row(
    400,
    "The request target is not in its normal form.",
    "Send the path without dot segments, doubled or encoded slashes.",
  ),
  "header-duplicate": row(400, "A header that decides appears more than once.", "Send the header once."),
  "content-type": row(415, "The content type is not application/json.", "Send the body as application/json."),
  "body-too-large": row(
    413,
    "The body exceeds the limit of this route.",
    "Send less; the limit in bytes is in detail.",
  ),
  "body-unexpected": row(400, "The route takes no body.", "Send the request without a body."),
  "body-missing": row(400, "The route needs a JSON body.", "Send a JSON object."),
  "body-malformed": row(
    400,
    "The body is not acceptable JSON.",
    "Correct the place that detail names; Sigil reads strict I-JSON in UTF-8.",
  ),
  "body-invalid": row(
    422,
    "The body does not have the shape of this route.",
    "Correct the fields that missing lists; unknown fields are refused.",
  ),
  "query-invalid": row(
    400,
    "The query string does not have the shape of this route.",
    "Correct the parameters that missing lists.",
  ),
  "path-invalid": row(404, "The path names nothing that can exist.", "Check the identifier in the path."),
  "cursor-invalid": row(
    400,
    "The cursor is not one that this service issued for this query.",
    "Start again without a cursor.",
  ),
  // The caller
  "licence-refused": row(
    401,
    "No acceptable licence was presented.",
    "Present one valid licence as Authorization: Bearer; `sigil license show` says what a licence lacks.",
  ),
  "origin-refused": row(
    403,
    "The request does not come from a page of this origin.",
    "Send it from a page that this door serves, or with a bearer licence.",
  ),
  "csrf-refused": row(
    403,
    "The request carries no usable CSRF token of its session.",
    "Mint one with POST /v1/session/csrf and send it once, in X-Sigil-CSRF.",
  ),
  "sessions-full": away("No more sessions can be open.", "Close one, or retry after Retry-After.", 60),
  "licence-already-revoked": row(409, "The licence was revoked before.", "Nothing is left to do."),
  "level-too-low": row(
    403,
    "The caller's level is too low for this action.",
    "Use a licence of the level that missing names.",
  ),
  "out-of-scope": row(
    403,
    "The licence's scope does not cover this action.",
    "Use a licence whose scope has the action.",
  ),
  "trust-too-low": row(
    403,
    "The trust score is below the action's threshold.",
    "The explanation of the decision says what lowers it.",
  ),
  "action-unknown": row(
    404,
    "There is no such action.",
    "`sigil policy show` lists every action; names are exact.",
  ),
  "locked-down": row(
    403,
    "Sigil is in lockdown: only reads, health, sessions and the revocation of licences go on.",
    "A Root leaves it: `sigil lockdown leave --reason <why>`; `sigil lockdown status` says since when and why.",
  ),
  "lockdown-absent": row(409, "Sigil is not in lockdown.", "There is nothing to leave."),
  "action-denied": row(403, "The action is denied.", "Read the reasons of the decision."),
  "not-found": row(
    404,
    "There is nothing here that the caller may know of.",
    "Check the id and the licence's level.",
  ),
  // Records and the store
  "prev-not-tip": row(
    409,
    "The record does not extend the tip of its stream.",
    "Read the stream's tip and draft again.",
  ),
  "record-id-taken": row(409, "A record with this id exists.", "Draw a new UUIDv7."),
  "record-time": row(
    409,
    "The record's time is too far from the store's clock.",
    "Correct the clock of the author; the store accepts 300 s.",
  ),
  "record-invalid": row(422, "A record is not acceptable.", "Correct the place that detail names."),
  "payload-invalid": row(
    422,
    "A record's payload does not have the shape of its kind.",
    "Correct the place that detail names.",
  ),
  "payload-kind-unknown": row(422, "There is no such record kind.", "Use a kind of the kind table."),
  "record-too-large": row(
    413,
    "A record exceeds the limit of its kind.",
    "Send less; the limit in bytes is in detail.",
  ),
  "export-too-large": row(
    413,
    "The records make a larger bundle than a verifier reads.",
    "Export them in parts; the limit in bytes is in detail.",
  ),
  "author-not-allowed": row(
    422,
    "The record's author, space or stream does not fit its kind.",
    "Correct the place that detail names.",
  ),
  "stream-not-own": row(
    403,
    "The stream is not one of the caller's own.",
    "Leave stream out, or name one below canon/ and your principal.",
  ),
  "idempotency-conflict": row(
    409,
    "The idempotency key was used for other content.",
    "Use a new key for new content.",
  ),
  "cosignatures-missing": away(
    "The record is durable; the log policy's quorum has not cosigned it.",
    "Repeat the request with the same idempotency key: it is acknowledged once the witnesses answer.",
    5,
  ),
  "log-policy-invalid": row(
    400,
    "The log policy is not a C2SP tlog-policy of this log.",
    "Correct the line that the message names.",
  ),
  "kek-exhausted": away(
    "The key-encryption key has wrapped as many keys as AES-GCM allows.",
    "`sigil key rotate kek` makes a new one; until then nothing is written.",
    AFTER_A_PERSON,
  ),
  "rotation-running": row(
    409,
    "Keys are being rotated.",
    "Wait until `sigil key status` shows one key-encryption key, then try again.",
  ),
  "witnesses-not-ready": row(
    409,
    "Too few witnesses would cosign what the next log key signs.",
    "Give the verifier key that the message names to the witnesses, beside the present one, and rotate again.",
  ),
  "client-key-known": row(
    409,
    "The key is or was enrolled already.",
    "Draw a new key pair: a key is enrolled once, for one principal.",
  ),
  "issuer-known": row(
    409,
    "The issuer key is or was in force already.",
    "Draw a new key pair: an issuer key is brought into force once.",
  ),
  "issuer-needed": row(
    409,
    "The issuer of the caller's own licence cannot be retired by it.",
    "Issue a Root licence under the newer issuer, and retire with that one.",
  ),
  "client-key-ended": row(
    409,
    "The key is revoked, replaced or ending.",
    "`sigil client-key list` shows the keys that are in force.",
  ),
  "queue-full": away("The store's queue is full.", "Retry after the seconds in Retry-After."),
  "store-read-only": away(
    "The store is open for reading only.",
    "`sigil doctor` says why; nothing was written.",
    AFTER_A_PERSON,
  ),
  "store-unwritable": away(
    "The store could not write; nothing was recorded.",
    "Check disk space and permissions of data_dir.",
    5,
  ),
  "record-damaged": row(
    500,
    "A stored record does not verify.",
    "Run `sigil canon verify`; do not trust this store's answers.",
  ),
  "record-erased": row(410, "The record's content was erased.", "Its hash and its proof remain."),
  "record-not-erasable": row(
    409,
    "Records of this kind are never erased.",
    "Only memory, user canon entries, the texts of runs and legacy records can be erased.",
  ),
  "checkpoint-inconsistent": away(
    "The store's checkpoint does not extend the one that was seen before.",
    "Run `sigil canon verify`; the store was rolled back or forked.",
    AFTER_A_PERSON,
  ),
  // Witnesses and proposals
  "action-not-proposed": row(
    422,
    "The action is not one that others agree to.",
    "Do it by its own route; `sigil policy show` names the actions with a quorum.",
  ),
  "proposal-limit": row(
    429,
    "The caller has as many proposals open, or made as many today, as one may.",
    "Withdraw one that nobody needs, or wait: `sigil proposal list --proposer <you>`.",
  ),
  "duplicate-witness": row(
    409,
    "The witness, or its principal, has voted on this proposal already.",
    "A vote is given once; if it must change, the proposer withdraws and proposes again.",
  ),
  "unknown-witness": row(
    403,
    "The attestation is not by a witness whose vote counts here.",
    "`sigil proposal show` names the eligible witnesses; those added later vote on later proposals.",
  ),
  "vote-of-another": row(
    403,
    "The attestation is another person's.",
    "Each witness hands in their own, with a licence of the witness's principal.",
  ),
  "revoked-key": row(
    403,
    "The attestation is signed by a key that is no longer the witness's.",
    "Sign with the present key: `sigil witness show` has its id.",
  ),
  "bad-signature": row(
    422,
    "The signature of the attestation does not verify under the witness's key.",
    "Sign again with `sigil proposal attest`, and pass the file on unchanged.",
  ),
  "wrong-digest": row(
    422,
    "The attestation is for another proposal.",
    "Show the proposal again, and sign the digest that it has.",
  ),
  "self-attestation": row(
    403,
    "The proposer's own attestation does not count.",
    "Ask another witness: `sigil proposal show` names who is missing.",
  ),
  "proposal-expired": row(
    409,
    "The proposal has expired.",
    "Propose again, and give the witnesses more time with --expires.",
  ),
  "proposal-stale": row(
    409,
    "What the proposal would change has changed since.",
    "Look at what is in force now, and propose again.",
  ),
  "proposal-closed": row(
    409,
    "The proposal has ended.",
    "`sigil proposal show` says how; propose again if it is still wanted.",
  ),
  "quorum-not-reached": row(
    409,
    "Not enough witnesses have approved.",
    "Ask those that missing names: `sigil proposal attest`.",
  ),
  "quorum-unreachable": row(
    409,
    "The change would leave fewer active witnesses than quorums need.",
    "Add a witness first: `sigil witness add`.",
  ),
  "quorum-entered": row(
    409,
    "The quorum was entered before, and there is no way back.",
    "Change the witnesses by proposals: `sigil witness add`, `rotate`, `revoke`.",
  ),
  "quorum-absent": row(
    409,
    "There are no witnesses: this runtime is in solo mode.",
    "A Root enters the quorum with `sigil quorum enter`.",
  ),
  "witness-known": row(
    409,
    "The id, the principal or the key is or was a witness's already.",
    "Choose an id and draw a key that no witness ever had; a principal has one witness.",
  ),
  "too-late": row(
    409,
    "The records came after the moment by which they had to land.",
    "Nothing was written; begin again.",
  ),
  // Changes of what decides
  "table-invalid": row(
    422,
    "The action table does not hold.",
    "Correct the row that the message names; docs/reference/action-table.schema.json says what a row is.",
  ),
  "table-incomplete": row(
    422,
    "The action table lacks an action that a route or a command maps to.",
    "Take the table in force (`sigil policy show --json`) and change its rows.",
  ),
  "table-surplus": row(
    422,
    "The action table has an action that nobody knows.",
    "Leave the row out; an action comes with the build that has a route for it.",
  ),
  "table-inviolable": row(
    422,
    "The action table breaks what no proposal may break.",
    "Leave the named column as it is; docs/reference/policy-changes.md says what may change.",
  ),
  "model-invalid": row(
    422,
    "The trust model cannot be one.",
    "Use eighths of the sign that each weight may have, and every feature once.",
  ),
  "model-uncalibrated": row(
    422,
    "The trust model and the action table do not fit each other.",
    "Let a fresh, clean caller at the least level pass every row, and an incident fail those of 0.5 and above.",
  ),
  "model-known": row(
    409,
    "The id is another trust model's.",
    "Choose an id that no version has: decisions name the model by it.",
  ),
  "version-unknown": row(404, "There is no such version.", "List the versions, and name one of them."),
  "setting-unknown": row(422, "There is no such setting.", "`sigil config show` lists every setting."),
  "setting-fixed": row(
    422,
    "The setting holds from start to start.",
    "Write it into sigil.toml and start again; GET /v1/config lists what can be changed while everything runs.",
  ),
  "setting-invalid": row(422, "The setting cannot have this value.", "Correct the value as the detail says."),
  "change-empty": row(409, "Nothing would change.", "What is asked for is in force already."),
  // Decisions and runs
  "audit-unavailable": away(
    "The decision could not be recorded, so the action did not happen.",
    "Retry when /readyz is green.",
  ),
  "module-unknown": row(404, "There is no such module.", "`sigil module list` names the modules."),
  "module-unregistered": row(
    403,
    "The module's digest is not registered.",
    "Only registered digests run; rebuild or register the module.",
  ),
  "module-revoked": row(
    403,
    "The module's digest is revoked.",
    "Reinstate it, or register another digest of the module.",
  ),
  "publisher-unknown": row(
    409,
    "Nobody pinned the module's publisher.",
    "Compare the fingerprint with the publisher's own, then pin it: `sigil publisher add`.",
  ),
  "publisher-revoked": row(
    409,
    "The module's publisher is revoked.",
    "Ask the publisher for a package under another key, and pin that: `sigil publisher add`.",
  ),
  "publisher-known": row(
    409,
    "The publisher's key is or was pinned already.",
    "`sigil publisher list` shows it; a revoked key never comes back.",
  ),
  "module-wants-more": row(
    409,
    "The module asks for more than was registered before.",
    'Read what is new, then register with `accept: ["more"]` (`sigil module install --accept more`).',
  ),
  "module-older": row(
    409,
    "The module is older than the one that is registered.",
    'Register with `accept: ["older"]` (`sigil module install --accept older`) if that is meant.',
  ),
  "module-other-publisher": row(
    409,
    "Another publisher signed this version of the module.",
    'Register with `accept: ["publisher"]` (`sigil module install --accept publisher`) if the module has changed hands.',
  ),
  "module-package-refused": row(
    409,
    "The package does not hold.",
    "Install it again; `sigil module verify` names the step that fails.",
  ),
  "module-suspended": row(
    403,
    "The module's digest is suspended: its runs broke Rule Zero too often.",
    "`sigil module show` lists the evidence; a Root lifts it with `sigil module reinstate`, or registers another digest.",
  ),
  "module-not-held": row(
    409,
    "The module host does not hold the module under this digest.",
    "Put the package into mmf.modules_dir, start again, and name the digest that `sigil module list` shows or the message says.",
  ),
  "module-digest-mismatch": row(
    409,
    "The module's digest differs from the one that was admitted.",
    "Restart the services after installing modules.",
  ),
  "input-invalid": row(422, "The module does not accept this input.", "Correct the place that detail names."),
  "input-too-large": row(
    413,
    "The input exceeds the module's limit.",
    "Send less; the limit in bytes is in detail.",
  ),
  "lineage-invalid": row(
    409,
    "A chain descends from one that is not there, or comes after it.",
    "Run `sigil canon verify`: somebody wrote into the store.",
  ),
  "parent-unknown": row(
    422,
    "A run that was named as a parent has no FrozenChain that you may read.",
    "Name runs that have ended; `sigil chain show <run>` shows what may be a parent.",
  ),
  "run-not-open": row(409, "The run is not open.", "Start a new run."),
  "run-cancelled": row(409, "The run was stopped before it ended.", "Start a new run."),
  "review-decided": row(
    409,
    "The held run was decided before.",
    "A decision is made once; run the module again for another.",
  ),
  "review-own": row(
    403,
    "A held run is not decided by whoever ran it.",
    "Ask another Mentor; `sigil review list` shows it to them.",
  ),
  "resume-refused": row(
    409,
    "The held run may not be resumed as things stand.",
    "Remove what detail names and approve again, or deny the run.",
  ),
  "replay-not-recorded": row(
    409,
    "What the run asked and was told is not recorded in full.",
    "Only a run that ended with an output and whose texts are not erased can be replayed.",
  ),
  "replay-module-absent": row(
    409,
    "The module that ran is not here.",
    "Install the version of the module that ran.",
  ),
  "replay-engine-differs": row(
    409,
    "The run was executed by another engine.",
    "Replay with the release of Sigil that executed the run.",
  ),
  "replay-diverged": row(
    409,
    "The replay came out otherwise than the recorded run.",
    "Do not rely on the recorded output; `sigil canon verify` tells whether its records hold.",
  ),
  "run-sequence": row(
    409,
    "The host call is out of sequence.",
    "Host calls of a run count from 0 without gaps.",
  ),
  "runners-busy": away("Every runner is busy.", "Retry after the seconds in Retry-After."),
  "runner-unavailable": away(
    "No runner can be started as the configuration demands.",
    "`sigil doctor` names what is missing.",
    AFTER_A_PERSON,
  ),
  "capability-missing": row(
    403,
    "The run was not granted this capability.",
    "Declare the capability in the module's manifest.",
  ),
  "host-call-limit": row(429, "The run has used up its host calls.", "Do less in one run."),
  "host-call-invalid": row(
    422,
    "The arguments of the host call do not have its shape.",
    "Correct the place that detail names.",
  ),
  // Language models
  "llm-not-configured": row(
    409,
    "No language model may be asked here.",
    "Set llm.endpoints: docs/guides/language-models.md.",
  ),
  "llm-endpoint-denied": row(
    403,
    "The module may not ask this endpoint.",
    "Name it in the scope of the module's llm.complete, and the module in the endpoint's modules.",
  ),
  "llm-level": row(
    403,
    "The run has read what may not leave for this endpoint.",
    "Read less in the run, ask an endpoint of this machine, or raise the endpoint's level or spaces.",
  ),
  "llm-budget": row(
    429,
    "The tokens of the run or of the day are used up.",
    "Ask for less, wait for the next day (UTC), or raise the endpoint's budget.",
  ),
  "llm-key-missing": row(
    409,
    "The endpoint's key cannot be read.",
    "Put the key into the file that the log of SigilDERG names, for its owner alone (0600).",
  ),
  "llm-unreachable": row(
    502,
    "The endpoint cannot be reached.",
    "Start the endpoint, or correct its base; the log of SigilDERG says why.",
  ),
  "llm-timeout": row(
    504,
    "The endpoint took too long.",
    "Ask for less, use a smaller model, or raise the wait that the detail names.",
  ),
  "llm-rate-limited": row(
    429,
    "The endpoint answers 429 to every attempt.",
    "Try again later, or raise the limits where the endpoint is run.",
  ),
  "llm-failed": row(
    502,
    "The endpoint failed at every attempt.",
    "Look into the log of the endpoint; try again later.",
  ),
  "llm-refused": row(
    502,
    "The endpoint refused.",
    "Correct key, model or prompt; the status is in the detail.",
  ),
  "llm-redirected": row(
    502,
    "The endpoint sends elsewhere, and nothing follows it.",
    "Configure the address that answers by itself.",
  ),
  "llm-malformed": row(
    502,
    "The endpoint's answer is not a chat completion.",
    "Check that its base speaks the OpenAI chat API; the detail says what is wrong.",
  ),
  "llm-too-large": row(
    502,
    "The endpoint's answer is larger than an answer may be.",
    "Ask for fewer tokens.",
  ),
  "idempotency-key-invalid": row(
    400,
    "The Idempotency-Key header is malformed.",
    "Send 1 to 128 visible ASCII characters.",
  ),
  // Peers and the service itself
  ...refusedEnvelopes,
  ...refusedGrants,
  "challenge-malformed": row(
    400,
    "The challenge header is malformed.",
    "Send <16 bytes in base64url>.<channel key id>.",
  ),
  "challenge-key-unknown": row(
    401,
    "The challenge names a channel key that is not enrolled.",
    "Use the channel key that genesis records.",
  ),
  "peer-unavailable": away("A service behind this one does not answer.", "Retry when /readyz is green."),
  "peer-not-believed": away(
    "The process that answers for a service behind this one could not prove itself.",
    "Look for a foreign process on its port: `sigil doctor`.",
    AFTER_A_PERSON,
  ),
  "peer-failed": row(
    502,
    "A service behind this one refused the request.",
    "The log of this service names the refusal under the request id.",
  ),
  deadline: row(504, "The request took longer than its deadline.", "Retry; ask for less at once."),
  "service-not-ready": away("The service is not ready.", "Read /readyz."),
  "service-draining": away("The service is stopping.", "Retry when it has started again.", 5),
  "feed-full": away(
    "As many callers follow the audit as may.",
    "Retry later, or list with GET /v1/audit and its `after`.",
    5,
  ),
  "exports-full": away(
    "As many exports are being read as may.",
    "Retry after the seconds in Retry-After.",
    5,
  ),
  "rate-limited": row(429, "Too many requests.", "Retry after the seconds in Retry-After."),
  internal: row(
    500,
    "The service failed in a way that it does not explain.",
    "Look for the request id in the service's log.",
  ),
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The row of a code. */
export function problemRow(code: ProblemCode): ProblemRow {
  return PROBLEMS[code];
}
