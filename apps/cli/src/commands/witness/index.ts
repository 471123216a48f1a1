import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { witnessAdd } from "./add.ts";
import { witnessKey } from "./key.ts";
import { witnessList } from "./list.ts";
import { witnessRevoke } from "./revoke.ts";
import { witnessRotate } from "./rotate.ts";
import { witnessShow } from "./show.ts";

/** `sigil witness …`, in the order of the help. */
export function witness(needs: Needs): Command[] {
  return [
    witnessKey(needs),
    witnessList(needs),
    witnessShow(needs),
    witnessAdd(needs),
    witnessRotate(needs),
    witnessRevoke(needs),
  ];
}
