import type { RecordDraft } from "@sigil/canon";
import { fromBase64url, fromUtf8, type SigningKey, type VerifyKey } from "@sigil/crypto";
import { authenticLicence, type LicenceClaims, PolicyError, requireLicence } from "@sigil/policy";
import { ProblemError, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import { SERVICE_PRINCIPAL } from "./authority.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import type { Genesis } from "./genesis.ts";
import type { LicenceRegister } from "./licence-register.ts";
import type { Projection } from "./projection.ts";
import type { Store } from "./store.ts";
import { authorOf, decidedWrite, orFailed } from "./transaction.ts";
import type { Turns } from "./turns.ts";

/**
 * Checks a licence that is to be recorded: signed by a pinned issuer for this runtime, in time, new, and of a serial
 * above every earlier one of its subject.
 * @throws ProblemError `body-invalid` that names the precise reason: who may issue may also know
 */
export async function checkNewLicence(
  token: string,
  ground: {
    issuers: ReadonlyMap<string, VerifyKey>;
    genesis: Genesis;
    licences: LicenceRegister;
    now: string;
  },
): Promise<LicenceClaims> {
  const { genesis, licences } = ground;
  let claims: LicenceClaims;
  try {
    claims = await authenticLicence(token, ground.issuers);
    requireLicence(claims, {
      issuers: ground.issuers,
      runtimeId: genesis.runtimeId,
      canonFingerprint: genesis.fingerprint,
      now: ground.now,
      // It becomes recorded by what follows.
      recorded: () => "recorded",
      // Whoever records it need not hold the key that it is bound to.
      ...boundKey(token),
    });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw invalid(`${error.code}: ${error.message}`, error);
  }
  const { jti, sub, serial } = claims;
  if (sub === SERVICE_PRINCIPAL)
    throw invalid(`${sub} is the control plane's own name; choose another principal`);
  if (licences.state(jti) !== "unrecorded") throw invalid(`a licence with jti ${jti} is recorded already`);
  const highest = licences.highestSerial(sub);
  if (highest !== undefined && serial <= highest) {
    throw invalid(
      `serial ${serial} is not above ${highest}, the highest of ${sub}; issue it with serial ${highest + 1}`,
    );
  }
  return claims;
}

/** What is recorded of a licence: what it says, never the token, which is a bearer secret. */
export function licenceRecord(made: MadeDecision, claims: LicenceClaims, issuer: string): RecordDraft {
  const { jti, sub, loa, serial, exp, scope } = claims;
  return draft({
    kind: "license.issue",
    space: "system",
    stream: `system/licence/${jti.toLowerCase()}`,
    loa: "Observer",
    author: { ...authorOf(made), decision: made.id },
    payload: { jti, sub, loa, serial, exp, scope: [...scope], issuer },
  });
}

/**
 * Records a licence for the caller of an allowed `license.issue`: decision, record and outcome in one transaction. It
 * opens the door at once.
 */
export async function issueRecordedLicence(
  parts: {
    readonly store: Store;
    readonly projection: Projection;
    readonly key: SigningKey;
    readonly now: Clock;
    readonly turns: Turns;
  },
  made: MadeDecision,
  token: string,
): Promise<ResponseOf<"sigilderg POST /v1/licences">> {
  const { store, projection, key, now } = parts;
  const { genesis, licences } = projection;
  const land = async () => {
    const claims = await checkNewLicence(token, {
      issuers: projection.issuers.keys,
      genesis,
      licences,
      now: now(),
    });
    const record = licenceRecord(made, claims, issuerKid(token));
    await store.append({ records: decidedWrite(made, [record], key, now) }, authorityOf(made));
    projection.absorb(record);
    return { id: record.id, jti: claims.jti, serial: claims.serial, decision: made.id };
  };
  // Two licences with one id or one serial are each new until the other is recorded.
  return await parts.turns.take(() => orFailed(parts, made, land));
}

/** The key that a token says it is bound to; what it says is verified by who asks. */
function boundKey(token: string): { possession?: string } {
  try {
    const { cnf } = JSON.parse(fromUtf8(fromBase64url(token.split(".")[1] ?? ""))) as {
      cnf?: { jkt?: unknown };
    };
    return typeof cnf?.jkt === "string" ? { possession: cnf.jkt } : {};
  } catch {
    return {};
  }
}

/** kid in the header of a token that has been verified under the key of that kid. */
function issuerKid(token: string): string {
  const header = JSON.parse(fromUtf8(fromBase64url(token.slice(0, token.indexOf("."))))) as { kid: string };
  return header.kid;
}

function invalid(detail: string, cause?: unknown): ProblemError {
  return new ProblemError("body-invalid", detail, { missing: [`$.licence: ${detail}`], cause });
}
