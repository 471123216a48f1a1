import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { quorumEnter } from "./enter.ts";
import { quorumStatus } from "./status.ts";

/** `sigil quorum …`, in the order of the help. */
export function quorum(needs: Needs): Command[] {
  return [quorumStatus(needs), quorumEnter(needs)];
}
