import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { reviewDecide } from "./decide.ts";
import { reviewList } from "./list.ts";
import { reviewShow } from "./show.ts";

/** `sigil review …`, in the order of the help. */
export function review(needs: Needs): Command[] {
  return [reviewList(needs), reviewShow(needs), reviewDecide("approve", needs), reviewDecide("deny", needs)];
}
