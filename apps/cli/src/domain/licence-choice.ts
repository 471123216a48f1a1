import type { ActionRows, LicenceClaims } from "@sigil/policy";
import { actionRow, compareLoa, findAction, scopeAllows } from "@sigil/policy";
import { CliError } from "./error.ts";

/** A licence at hand: where it lies and what it says, unverified. Choosing is not trusting; the door verifies. */
export interface Licence {
  readonly name: string;
  readonly token: string;
  readonly claims: Pick<LicenceClaims, "sub" | "loa" | "scope" | "nbf" | "exp" | "serial" | "jti"> &
    Partial<Pick<LicenceClaims, "bindings">>;
}

/**
 * The licence for an action: of those that reach its least level, are in force and cover it, the one with the lowest
 * level, so that nothing is done with more authority than it needs. Undefined when the action asks for none. `rows` are those
 * of the table in force. Throws `licence-none-fits` with the reason for each that does not.
 */
export function chooseLicence(
  licences: readonly Licence[],
  action: string,
  now: Date,
  rows?: ActionRows,
): Licence | undefined {
  const { least } = actionRow(action, rows);
  if (least === "none" || least === "service") return undefined;
  const seconds = now.getTime() / 1000;
  const why = (licence: Licence): string | undefined => {
    const { loa, exp, nbf, scope } = licence.claims;
    if (compareLoa(loa, least) < 0) return `${licence.name} has level ${loa}`;
    if (exp <= seconds) return `${licence.name} expired at ${new Date(exp * 1000).toISOString()}`;
    if (nbf > seconds) return `${licence.name} is valid from ${new Date(nbf * 1000).toISOString()}`;
    if (!scopeAllows(scope, action)) return `the scope of ${licence.name} does not cover it`;
    return undefined;
  };
  const [chosen] = licences
    .filter((licence) => why(licence) === undefined)
    .toSorted((a, b) => compareLoa(a.claims.loa, b.claims.loa) || b.claims.exp - a.claims.exp);
  if (chosen !== undefined) return chosen;
  const reasons = licences.map(why).join("; ");
  throw new CliError(
    "licence-none-fits",
    `${action} needs a licence of level ${least} or above; ${reasons || "there is no licence in the home"}`,
    "Name one with --licence <name|path>, or have one issued: sigil license issue --principal <name> --loa <level>.",
  );
}

/** The licence that one would act with: the one that suffices, else the one of the highest level; undefined without any. */
export function closestLicence(licences: readonly Licence[], action: string, now: Date): Licence | undefined {
  try {
    return (findAction(action) && chooseLicence(licences, action, now)) ?? highest(licences);
  } catch (error) {
    if (error instanceof CliError && error.code === "licence-none-fits") return highest(licences);
    throw error;
  }
}

function highest(licences: readonly Licence[]): Licence | undefined {
  return licences.toSorted((a, b) => compareLoa(b.claims.loa, a.claims.loa))[0];
}
