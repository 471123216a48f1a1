import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { runCancel } from "./cancel.ts";
import { runReplay } from "./replay.ts";

/** `sigil run …`, in the order of the help. */
export function run(needs: Needs): Command[] {
  return [runReplay(needs), runCancel(needs)];
}
