import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { runCancel } from "./cancel.ts";
import { runList } from "./list.ts";
import { runReplay } from "./replay.ts";
import { runShow } from "./show.ts";

/** `sigil run …`, in the order of the help. */
export function run(needs: Needs): Command[] {
  return [runList(needs), runShow(needs), runReplay(needs), runCancel(needs)];
}
