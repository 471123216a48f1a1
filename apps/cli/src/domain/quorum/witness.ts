import type { WitnessView } from "@sigil/wire";
import { CliError } from "../error.ts";

/** Whose vote a key gives. */
export interface Voter {
  readonly id: string;
  readonly principal: string;
}

/**
 * The witness whose present key this is.
 * @throws CliError `witness-key-unknown` for a key that no witness ever had, `witness-key-ended` for one of earlier
 */
export function voterOf(kid: string, file: string, witnesses: readonly WitnessView[]): Voter {
  const found = witnesses.find(({ keys }) => keys.some((key) => key.kid === kid));
  if (found === undefined) {
    const known = witnesses.map(({ id }) => id).join(", ");
    throw new CliError(
      "witness-key-unknown",
      `the key ${kid} of ${file} is no witness's here; the witnesses are ${known || "nobody, in solo mode"}`,
      "Name the key file of a witness of this runtime: `sigil witness list` shows their keys.",
    );
  }
  const present = found.keys.find(({ to }) => to === null)?.kid;
  if (present === kid) return found;
  throw new CliError(
    "witness-key-ended",
    present === undefined
      ? `${found.id} is revoked, and none of its keys counts any more`
      : `the key ${kid} of ${file} was ${found.id}'s; since then it is ${present}`,
    present === undefined
      ? "Ask another witness; `sigil witness list` shows who is active."
      : "Name the file of the present key.",
  );
}
