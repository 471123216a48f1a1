import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { auditFollow } from "./follow.ts";
import { auditList } from "./list.ts";
import { auditShow } from "./show.ts";

/** `sigil audit …`, in the order of the help. */
export function audit(needs: Needs): Command[] {
  return [auditList(needs), auditShow(needs), auditFollow(needs)];
}
