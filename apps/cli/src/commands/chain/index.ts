import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { chainLineage } from "./lineage.ts";
import { chainShow } from "./show.ts";
import { chainVerify } from "./verify.ts";

/** `sigil chain …`, in the order of the help. */
export function chain(needs: Needs): Command[] {
  return [chainShow(needs), chainVerify(needs), chainLineage(needs)];
}
