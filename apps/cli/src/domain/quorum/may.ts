import type { Door } from "../door.ts";
import { CliError } from "../error.ts";

/**
 * Asks what would be decided, before a person types a passphrase or makes up their mind for nothing.
 * @throws CliError `action-denied` with every reason
 */
export async function requireMay(door: Door, action: string): Promise<void> {
  // In lockdown a proposal that leads out of it goes on; whether this one does, the runtime says when it is handed in.
  const facts = { proposed: "lockdown.leave" };
  const { body } = await door.call("sigilderg POST /v1/policy/explanations", { body: { action, facts } });
  const { decision, counterfactual } = body;
  if (decision.verdict === "allow") return;
  throw new CliError(
    "action-denied",
    decision.reasons.map(({ detail }) => detail).join("; "),
    counterfactual.join(" ") || "Act with another licence: --licence <name|path>",
  );
}
