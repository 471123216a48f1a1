import type { RecordDraft } from "@sigil/canon";
import type { VerifyKey } from "@sigil/crypto";
import { type LicenceClaims, PolicyError, verifyLicence } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import type { Genesis } from "./genesis.ts";
import type { LicenceRegister } from "./licence-register.ts";
import { authorOf } from "./transaction.ts";

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
    claims = await verifyLicence(token, {
      issuers: ground.issuers,
      runtimeId: genesis.runtimeId,
      canonFingerprint: genesis.fingerprint,
      now: ground.now,
      // It becomes recorded by what follows.
      recorded: () => "recorded",
    });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw invalid(`${error.code}: ${error.message}`, error);
  }
  const { jti, sub, serial } = claims;
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

function invalid(detail: string, cause?: unknown): ProblemError {
  return new ProblemError("body-invalid", detail, { missing: [`$.licence: ${detail}`], cause });
}
