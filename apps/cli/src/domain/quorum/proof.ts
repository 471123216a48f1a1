import { CliError } from "../error.ts";
import { readWitnessProof, type WitnessProofFile } from "./files.ts";

/**
 * The proof of a file, for this runtime, of a witness's first key or of one that takes another's place.
 * @throws CliError `witness-proof-damaged`, `runtime-differs`, `witness-proof-other`
 */
export function proofFor(
  path: string,
  readText: (path: string) => string,
  runtimeId: string | undefined,
  sort: "first" | "next",
): WitnessProofFile {
  const proof = readWitnessProof(path, readText(path));
  const { id, principal, replaces, runtimeId: other } = proof.witness.statement;
  if (runtimeId !== undefined && other !== runtimeId)
    throw new CliError(
      "runtime-differs",
      `${path} proves a key for runtime ${other}; this home is of runtime ${runtimeId}`,
      `${principal} draws another one: sigil witness key --id ${id} --principal ${principal} --runtime ${runtimeId} --out …`,
    );
  if ((replaces === null) === (sort === "first")) return proof;
  throw sort === "first"
    ? new CliError(
        "witness-proof-other",
        `${path} proves a key of ${id} that takes the place of ${replaces}`,
        `It goes with: sigil witness rotate ${path} --reason …`,
      )
    : new CliError(
        "witness-proof-other",
        `${path} proves a first key of ${id}, which takes no other's place`,
        `A witness draws its next key with --replaces or --lost. A new witness joins with: sigil witness add ${path} --reason …`,
      );
}
