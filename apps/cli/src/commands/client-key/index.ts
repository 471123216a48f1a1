import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { clientKeyAdd } from "./add.ts";
import { clientKeyList } from "./list.ts";
import { clientKeyRevoke } from "./revoke.ts";
import { clientKeyRotate } from "./rotate.ts";

/** `sigil client-key …`, in the order of the help. */
export function clientKey(needs: Needs): Command[] {
  return [clientKeyAdd(needs), clientKeyList(needs), clientKeyRotate(needs), clientKeyRevoke(needs)];
}
