import { compareLoa, type Loa } from "@sigil/policy";
import { CliError } from "./error.ts";
import type { Licence } from "./licence-choice.ts";

/** Where a new licence goes, and which licences of the home it supersedes; names without `.jwt`. */
export interface Keeping {
  readonly out: string | undefined;
  /** The licence of the home that the new one takes the place of. */
  readonly renews: string | undefined;
  /** All of the principal's in the home, the renewed one among them. */
  readonly supersedes: readonly string[];
}

/** Keeps licences as files. What `keep` wrote counts for nothing until `settle`, and `drop` takes it back. */
export interface Shelf {
  readonly keep: (
    folder: string,
    plan: Keeping,
    token: string,
  ) => {
    /** The files that hold the licence until then. */
    readonly written: readonly string[];
    readonly settle: () => { readonly written: readonly string[]; readonly putAside: readonly string[] };
    readonly drop: () => void;
  };
}

/**
 * The plan for a new licence of `principal`, whose licences in the home are `own`. A principal has one newest serial, so
 * a lower level would take away the higher one that lies there: `licence-would-supersede`.
 */
export function keeping(
  own: readonly Licence[],
  principal: string,
  loa: Loa,
  out: string | undefined,
): Keeping {
  const [highest] = own.toSorted((a, b) => compareLoa(b.claims.loa, a.claims.loa));
  if (highest !== undefined && compareLoa(highest.claims.loa, loa) > 0)
    throw new CliError(
      "licence-would-supersede",
      `a licence of level ${loa} for ${principal} would supersede ${highest.name} (${highest.claims.loa})`,
      `Renew it at its own level (--loa ${highest.claims.loa}), or issue the lower one to another principal.`,
    );
  return { out, renews: highest?.name, supersedes: own.map(({ name }) => name) };
}
