import type { Json, RecordDraft } from "@sigil/canon";
import { CryptoError, fromBase64url, type SigningKey, verifyKey } from "@sigil/crypto";
import { type PayloadOf, ProblemError, type RequestOf, type ResponseOf, ROUTES } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { ListedClientKey } from "./client-key-register.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import type { Projection } from "./projection.ts";
import type { Store } from "./store.ts";
import { authorOf, decidedWrite, orFailed } from "./transaction.ts";

interface Parts {
  readonly store: Store;
  readonly projection: Projection;
  readonly key: SigningKey;
  readonly now: Clock;
}

type Change = PayloadOf<"client-key.change">;
type Changed = ResponseOf<"sigilderg POST /v1/client-keys">;

/** Every route that a client key can be enrolled for. */
const LICENSED: ReadonlySet<string> = new Set(
  ROUTES.filter(({ service, auth }) => service === "sigilderg" && auth === "licence").map(
    ({ method, path }) => `${method} ${path}`,
  ),
);

/**
 * Enrols the envelope key of a principal for some routes; it is in force with the answer.
 * @throws ProblemError `body-invalid` for a key that must not be enrolled or a route that is none; `client-key-known`
 */
export function addClientKey(
  parts: Parts,
  made: MadeDecision,
  { principal, publicKey, routes }: RequestOf<"sigilderg POST /v1/client-keys">,
): Promise<Changed> {
  return orFailed(parts, made, async () => {
    const unknown = routes.find((route) => route !== "*" && !LICENSED.has(route));
    if (unknown !== undefined) {
      throw invalid("routes", `${unknown} is no route for licences; GET /openapi.json lists them`);
    }
    const kid = newKid(parts, publicKey);
    return await land(parts, made, {
      ...{ change: "add", principal, kid, publicKey, routes },
      ...{ mode: made.body.mode, ts: parts.now() },
    });
  });
}

/**
 * Enrols another key with the principal and the routes of one that is in force, which ends now or after the overlap.
 * @throws ProblemError `not-found`, `client-key-ended`, `client-key-known`, `body-invalid`
 */
export function rotateClientKey(
  parts: Parts,
  made: MadeDecision,
  replaces: string,
  { publicKey, overlapSeconds }: RequestOf<"sigilderg POST /v1/client-keys/:kid/rotation">,
): Promise<Changed> {
  return orFailed(parts, made, async () => {
    const { principal, routes } = inForce(parts, made, replaces, ["active"]);
    const kid = newKid(parts, publicKey);
    const ts = parts.now();
    const ends = new Date(Date.parse(ts) + overlapSeconds * 1000).toISOString();
    return await land(parts, made, {
      ...{ change: "rotate", principal, kid, publicKey, routes, replaces, ends },
      ...{ mode: made.body.mode, ts },
    });
  });
}

/** Ends a key for good, at once. @throws ProblemError `not-found`, `client-key-ended` when it is revoked already */
export function revokeClientKey(
  parts: Parts,
  made: MadeDecision,
  kid: string,
  { reason }: RequestOf<"sigilderg POST /v1/client-keys/:kid/revocation">,
): Promise<Changed> {
  return orFailed(parts, made, async () => {
    const { principal } = inForce(parts, made, kid, ["active", "ending", "ended"]);
    return await land(parts, made, {
      ...{ change: "revoke", principal, kid, reason },
      ...{ mode: made.body.mode, ts: parts.now() },
    });
  });
}

/** The row of a kid in one of these states. */
function inForce(
  { projection, now }: Parts,
  made: MadeDecision,
  kid: string,
  states: readonly ListedClientKey["state"][],
): ListedClientKey {
  const row = projection.clients.row(kid, Date.parse(now()));
  if (row === undefined) {
    throw new ProblemError("not-found", `no key ${kid} was ever enrolled`, { decisionId: made.id });
  }
  if (!states.includes(row.state)) {
    throw new ProblemError("client-key-ended", `the key ${kid} of ${row.principal} is ${row.state}`);
  }
  return row;
}

/** The thumbprint of a key that may be enrolled: canonical, not of small order, never enrolled before, no service's. */
function newKid({ projection, key, now }: Parts, publicKey: string): string {
  let kid: string;
  try {
    kid = verifyKey(fromBase64url(publicKey)).kid;
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw invalid("publicKey", `not an Ed25519 key that may be enrolled: ${cause.code}`, cause);
  }
  const known = projection.clients.row(kid, Date.parse(now()));
  if (known !== undefined || kid === key.kid) {
    throw new ProblemError("client-key-known", `the key ${kid} is ${known?.state ?? "this service's own"}`);
  }
  return kid;
}

async function land(
  { store, projection, key, now }: Parts,
  made: MadeDecision,
  change: Change,
): Promise<Changed> {
  const record: RecordDraft = draft({
    kind: "client-key.change",
    space: "system",
    stream: `system/client-keys/${change.principal}`,
    loa: "Observer",
    author: { ...authorOf(made), decision: made.id },
    payload: JSON.parse(JSON.stringify(change)) as Record<string, Json>,
  });
  await store.append({ records: decidedWrite(made, [record], key, now) }, authorityOf(made));
  projection.absorb(record);
  return { kid: change.kid, record: record.id, decision: made.id };
}

function invalid(field: string, detail: string, cause?: unknown): ProblemError {
  return new ProblemError("body-invalid", detail, { missing: [`$.${field}: ${detail}`], cause });
}
