import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { memoryExport } from "./export.ts";
import { memoryForget } from "./forget.ts";
import { memoryGet } from "./get.ts";
import { memoryImport } from "./import.ts";
import { memoryList } from "./list.ts";
import { memoryWrite } from "./write.ts";

/** `sigil memory …`, in the order of the help. */
export function memory(needs: Needs): Command[] {
  return [
    memoryWrite(needs),
    memoryList(needs),
    memoryGet(needs),
    memoryForget(needs),
    memoryExport(needs),
    memoryImport(needs),
  ];
}
