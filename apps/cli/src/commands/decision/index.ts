import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { decisionExplain } from "./explain.ts";
import { decisionShow } from "./show.ts";

/** `sigil decision …`, in the order of the help. */
export function decision(needs: Needs): Command[] {
  return [decisionShow(needs), decisionExplain(needs)];
}
