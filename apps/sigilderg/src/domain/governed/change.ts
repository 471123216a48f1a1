import { PolicyError } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import type { Versions } from "../force/versions.ts";
import type { Circumstances } from "./row.ts";

/** Why a change is made: its own reason, or the proposal's. @throws ProblemError `body-invalid` where nobody says */
export function changeReason(
  { reason }: { readonly reason?: string | undefined },
  circumstances: Circumstances,
): string {
  const why = reason ?? circumstances.reason;
  if (why === "") throw new ProblemError("body-invalid", "a change says why", { missing: ["$.reason"] });
  return why;
}

/** What a request brings, or what the version held that it goes back to. @throws ProblemError `version-unknown` */
export function wanted<T>(brought: T | undefined, version: number | undefined, versions: Versions<T>): T {
  if (brought !== undefined) return brought;
  const found = version === undefined ? undefined : versions.at({ version });
  if (found !== undefined) return found.value;
  const last = versions.inForce.version;
  throw new ProblemError("version-unknown", `there is no version ${version}; the versions are 0 to ${last}`);
}

/** @throws ProblemError `proposal-stale` when another change came first */
export function requireNext(version: number, { inForce }: Versions<unknown>): void {
  if (version === inForce.version + 1) return;
  throw new ProblemError(
    "proposal-stale",
    `it was made as version ${version}, and version ${inForce.version} is in force`,
  );
}

/** Does `check`; what the policy refuses is refused by the same code. */
export function orProblem<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof PolicyError) || !isRefusal(error.code)) throw error;
    throw new ProblemError(error.code, error.message, { cause: error });
  }
}

const REFUSALS = [
  "table-invalid",
  "table-incomplete",
  "table-surplus",
  "table-inviolable",
  "model-invalid",
  "model-uncalibrated",
] as const;

function isRefusal(code: string): code is (typeof REFUSALS)[number] {
  return REFUSALS.some((known) => known === code);
}
