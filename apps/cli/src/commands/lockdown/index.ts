import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { lockdownEnter } from "./enter.ts";
import { lockdownLeave } from "./leave.ts";
import { lockdownStatus } from "./status.ts";

/** `sigil lockdown …`, in the order of the help. */
export function lockdown(needs: Needs): Command[] {
  return [lockdownEnter(needs), lockdownLeave(needs), lockdownStatus(needs)];
}
