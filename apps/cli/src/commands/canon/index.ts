import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { canonExport } from "./export.ts";
import { canonGet } from "./get.ts";
import { canonImport } from "./import.ts";
import { canonList } from "./list.ts";
import { canonTrust } from "./trust.ts";
import { canonVerify } from "./verify.ts";

/** `sigil canon …`, in the order of the help. */
export function canon(needs: Needs): Command[] {
  return [
    canonList(needs),
    canonGet(needs),
    canonImport(needs),
    canonExport(needs),
    canonVerify(needs),
    canonTrust(needs),
  ];
}
