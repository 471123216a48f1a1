import { CryptoError, fromBase64url, verifyKey } from "@sigil/crypto";
import { clientKeyRequest, type PayloadOf, ProblemError, ROUTES } from "@sigil/wire";
import type { ListedClientKey } from "../credentials/client-key-register.ts";
import { jsonOf } from "../records/json.ts";
import { type Ground, governed, type Write } from "./row.ts";

type Change = PayloadOf<"client-key.change">;

/** Every route that a client key can be enrolled for. */
const LICENSED: ReadonlySet<string> = new Set(
  ROUTES.filter(({ service, auth }) => service === "sigilderg" && auth === "licence").map(
    ({ method, path }) => `${method} ${path}`,
  ),
);

/**
 * `client-key.change`: the envelope key of a principal is enrolled for some routes, takes another's place, or ends for good.
 * Refuses a key that must not be enrolled and a route that is none (`body-invalid`), a known key (`client-key-known`), one that
 * was never there (`not-found`) and one that has ended (`client-key-ended`).
 */
export const clientKeyChange = governed({
  action: "client-key.change",
  request: clientKeyRequest,
  prepare(request, ground, { mode, ts }) {
    if (request.change === "add") {
      const { principal, publicKey, routes } = request;
      const unknown = routes.find((route) => route !== "*" && !LICENSED.has(route));
      if (unknown !== undefined)
        throw invalid("routes", `${unknown} is no route for licences; GET /openapi.json lists them`);
      const kid = newKid(ground, publicKey);
      return written({ change: "add", principal, kid, publicKey, routes, mode, ts });
    }
    if (request.change === "rotate") {
      const { kid: replaces, publicKey, overlapSeconds } = request;
      const { principal, routes } = inForce(ground, replaces, ["active"]);
      const kid = newKid(ground, publicKey);
      const ends = new Date(Date.parse(ts) + overlapSeconds * 1000).toISOString();
      return written({ change: "rotate", principal, kid, publicKey, routes, replaces, ends, mode, ts });
    }
    const { kid, reason } = request;
    const { principal } = inForce(ground, kid, ["active", "ending", "ended"]);
    return written({ change: "revoke", principal, kid, reason, mode, ts });
  },
  requireApplicable({ content }, ground) {
    const change = content as unknown as Change;
    if (change.change === "revoke") inForce(ground, change.kid, ["active", "ending", "ended"]);
    else newKid(ground, change.publicKey);
    if (change.change === "rotate") inForce(ground, change.replaces, ["active"]);
  },
});

function written(change: Change): Write {
  const stream = `system/client-keys/${change.principal}`;
  return { kind: "client-key.change", stream, loa: "Observer", content: jsonOf(change) };
}

/** The row of a kid in one of these states. */
function inForce(
  { projection, now }: Ground,
  kid: string,
  states: readonly ListedClientKey["state"][],
): ListedClientKey {
  const row = projection.clients.row(kid, Date.parse(now()));
  if (row === undefined) throw new ProblemError("not-found", `no key ${kid} was ever enrolled`);
  if (!states.includes(row.state))
    throw new ProblemError("client-key-ended", `the key ${kid} of ${row.principal} is ${row.state}`);
  return row;
}

/** The thumbprint of a key that may be enrolled: canonical, not of small order, never enrolled before, no service's. */
function newKid({ projection, key, now }: Ground, publicKey: string): string {
  let kid: string;
  try {
    kid = verifyKey(fromBase64url(publicKey)).kid;
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw invalid("publicKey", `not an Ed25519 key that may be enrolled: ${cause.code}`, cause);
  }
  const known = projection.clients.row(kid, Date.parse(now()));
  if (known !== undefined || kid === key.kid)
    throw new ProblemError("client-key-known", `the key ${kid} is ${known?.state ?? "this service's own"}`);
  return kid;
}

function invalid(field: string, detail: string, cause?: unknown): ProblemError {
  return new ProblemError("body-invalid", detail, { missing: [`$.${field}: ${detail}`], cause });
}
