import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { logPolicy } from "./policy.ts";

/** `sigil log …`, in the order of the help. */
export function log(needs: Needs): Command[] {
  return [logPolicy(needs)];
}
