import type { Door } from "../door.ts";
import { CliError } from "../error.ts";

/**
 * Asks what would be decided, before a person types a passphrase or makes up their mind for nothing.
 * @throws CliError `action-denied` with every reason
 */
export async function requireMay(door: Door, action: string): Promise<void> {
  const { body } = await door.call("sigilderg POST /v1/policy/explanations", { body: { action } });
  const { decision, counterfactual } = body;
  if (decision.verdict === "allow") return;
  throw new CliError(
    "action-denied",
    decision.reasons.map(({ detail }) => detail).join("; "),
    counterfactual.join(" ") || "Act with another licence: --licence <name|path>",
  );
}
