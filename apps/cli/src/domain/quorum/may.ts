import type { Door } from "../door.ts";
import { denied } from "../error.ts";

/**
 * Asks what would be decided, before a person types a passphrase or makes up their mind for nothing. `proposed` is the action
 * of the proposal in hand: lockdown stops every vote but those that lead out of it.
 * @throws CliError of a denial, with every reason
 */
export async function requireMay(door: Door, action: string, proposed?: string): Promise<void> {
  const facts = proposed === undefined ? {} : { proposed };
  const { body } = await door.call("sigilderg POST /v1/policy/explanations", { body: { action, facts } });
  const { decision, counterfactual } = body;
  if (decision.verdict === "allow") return;
  throw denied(decision, counterfactual);
}
