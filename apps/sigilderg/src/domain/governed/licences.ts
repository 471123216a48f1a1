import { licenceIssue, type PayloadOf, ProblemError } from "@sigil/wire";
import { checkNewLicence, issuerKid } from "../credentials/licence-issue.ts";
import type { LicenceRegister } from "../credentials/licence-register.ts";
import { type Ground, governed, type Write } from "./row.ts";

/**
 * `license.issue`: what a licence says is recorded, never the token, which is a bearer secret. From then on it opens the door.
 * Others must agree where its level is Mentor or above.
 */
export const licenceIssuing = governed({
  action: "license.issue",
  request: licenceIssue,
  async prepare({ licence }, { projection, now }) {
    const { genesis, licences, issuers } = projection;
    const claims = await checkNewLicence(licence, { issuers: issuers.keys, genesis, licences, now: now() });
    const { jti, sub, loa, serial, exp, scope } = claims;
    const content = { jti, sub, loa, serial, exp, scope: [...scope], issuer: issuerKid(licence) };
    return { kind: "license.issue", stream: `system/licence/${jti.toLowerCase()}`, loa: "Observer", content };
  },
  requireApplicable(write, { projection, now }: Ground) {
    const { jti, sub, serial, exp, issuer } = issued(write);
    requireNewSerial(projection.licences, { jti, sub, serial });
    if (projection.issuers.state(issuer) !== "active")
      throw new ProblemError("proposal-stale", `the issuer ${issuer} of the licence is no longer in force`);
    if (Date.parse(now()) >= exp * 1000)
      throw new ProblemError("proposal-stale", `the licence ${jti} has expired; issue another`);
  },
  targetLoa: (write) => issued(write).loa,
});

function issued({ content }: Write): PayloadOf<"license.issue"> {
  return content as unknown as PayloadOf<"license.issue">;
}

function requireNewSerial(
  licences: LicenceRegister,
  { jti, sub, serial }: { jti: string; sub: string; serial: number },
): void {
  const highest = licences.highestSerial(sub);
  if (licences.state(jti) !== "unrecorded" || (highest !== undefined && serial <= highest))
    throw new ProblemError(
      "proposal-stale",
      `another licence of ${sub} was recorded since; issue one with a higher serial`,
    );
}
