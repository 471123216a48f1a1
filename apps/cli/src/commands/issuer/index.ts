import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { issuerList } from "./list.ts";
import { issuerRetire } from "./retire.ts";
import { issuerRotate } from "./rotate.ts";

/** `sigil issuer …`, in the order of the help. */
export function issuer(needs: Needs): Command[] {
  return [issuerList(needs), issuerRotate(needs), issuerRetire(needs)];
}
