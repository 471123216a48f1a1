import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { policyChange } from "./change.ts";
import { policyExplain } from "./explain.ts";
import { policyShow } from "./show.ts";
import { policyTest } from "./test.ts";

/** `sigil policy …`, in the order of the help. */
export function policy(needs: Needs): Command[] {
  return [policyChange(needs), policyShow(needs), policyExplain(needs), policyTest(needs)];
}
