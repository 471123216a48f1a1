import { type MomentQuery, ProblemError, type ResponseOf } from "@sigil/wire";
import type { Version, Versions } from "./versions.ts";

type MadeView = ResponseOf<"sigilderg GET /v1/policy">["made"];

/** What was in force at the moment that a query names; now unless it names one. @throws ProblemError `version-unknown` */
export function asked<T>(versions: Versions<T>, { version, leaf, at }: MomentQuery): Version<T> {
  if (version !== undefined) {
    const found = versions.at({ version });
    if (found !== undefined) return found;
    const last = versions.inForce.version;
    throw new ProblemError(
      "version-unknown",
      `there is no version ${version}; the versions are 0 to ${last}`,
    );
  }
  const moment = leaf === undefined ? at && { at } : { leaf };
  return (moment && versions.at(moment)) || versions.inForce;
}

/** Where a version came from, as answers carry it. `proposalOf` knows the committed proposal that wrote a record. */
export function madeView(
  { made }: Pick<Version<unknown>, "made">,
  proposalOf: (record: string) => string | undefined,
): MadeView {
  return made === null ? null : { ...made, proposal: proposalOf(made.record) ?? null };
}
