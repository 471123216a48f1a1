import { CanonError } from "../error.ts";

/** Throws `key-name-malformed` for a name that C2SP signed-note refuses: empty, with white space or with a plus sign. */
export function requireKeyName(name: string): void {
  if (name === "" || /[\s\u0085+]/u.test(name) || !name.isWellFormed()) {
    throw new CanonError(
      "key-name-malformed",
      `key name ${JSON.stringify(name)} is empty or has white space or "+"`,
    );
  }
}
