import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile, type TrustFile } from "@sigil/canon";
import { ControlPlaneError } from "./domain/error.ts";

/** The pinned trust file of a home. @throws ControlPlaneError `trust-file-unreadable` */
export function readTrustFile(home: string): TrustFile {
  const file = join(home, "trust.json");
  try {
    return parseTrustFile(readFileSync(file, "utf8"));
  } catch (cause) {
    const fact = cause instanceof Error ? cause.message : String(cause);
    throw new ControlPlaneError(
      "trust-file-unreadable",
      `${file}: ${fact}`,
      "Restore trust.json from a backup; without it nothing that the store answers can be believed.",
      { cause },
    );
  }
}
