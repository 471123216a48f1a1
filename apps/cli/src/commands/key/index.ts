import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { keyList } from "./list.ts";
import { keyRotate } from "./rotate.ts";
import { keySeal } from "./seal.ts";
import { keyStatus } from "./status.ts";

/** `sigil key …`, in the order of the help. */
export function key(needs: Needs): Command[] {
  return [keyList(needs), keySeal(needs), keyStatus(needs), keyRotate(needs)];
}
