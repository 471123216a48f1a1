import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { trustChange } from "./change.ts";
import { trustCheck } from "./check.ts";
import { trustShow } from "./show.ts";

/** `sigil trust …`, in the order of the help. */
export function trust(needs: Needs): Command[] {
  return [trustCheck(needs), trustShow(needs), trustChange(needs)];
}
