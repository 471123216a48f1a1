// Under which licences the work of others may come into Sigil.
import satisfies from "spdx-satisfies";

/** What is shipped: permissive licences, which ask for a notice and no more. */
const SHIPPED = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Unlicense",
] as const;

/** What only builds and checks: none of it reaches a user. */
const DEVELOPMENT = [...SHIPPED, "CC-BY-3.0", "CC-BY-4.0", "MPL-2.0", "PSF-2.0", "Python-2.0"] as const;

export const ALLOWED = { shipped: SHIPPED, development: DEVELOPMENT };

/** What `pnpm licenses list --json` prints: packages by the SPDX expression that they declare. */
export type Listing = Readonly<
  Record<string, readonly { readonly name: string; readonly versions?: readonly string[] }[]>
>;

/** Each package whose expression, unknown ones included, no allowed licence satisfies, with that expression. */
export function licenceFindings(listing: Listing, allowed: readonly string[]): string[] {
  return Object.entries(listing).flatMap(([expression, packages]) =>
    isAllowed(expression, allowed)
      ? []
      : packages.map(({ name, versions = [] }) => `${name} ${versions.join(", ")}: ${expression}`),
  );
}

function isAllowed(expression: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(expression, [...allowed]);
  } catch {
    // Not an SPDX expression: somebody has to read what it says.
    return false;
  }
}
