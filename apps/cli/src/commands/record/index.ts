import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { recordErase } from "./erase.ts";

/** `sigil record …`, in the order of the help. */
export function record(needs: Needs): Command[] {
  return [recordErase(needs)];
}
