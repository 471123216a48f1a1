import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { configChange } from "./change.ts";
import { configShow } from "./show.ts";

/** `sigil config …`, in the order of the help. */
export function config(needs: Needs): Command[] {
  return [configChange(needs), configShow(needs)];
}
