import type { MemoryView } from "@sigil/wire";
import { printable, type Style } from "../style.ts";

/** A memory block: one line about it, then its text. */
export function memoryLines(block: MemoryView, style: Style): string[] {
  const tags = block.tags.map((tag) => `#${tag}`).join(" ");
  const from = block.module === undefined ? block.principal : `${block.principal} through ${block.module}`;
  return [
    `${style.bold(block.id)}  ${block.ts}  ${block.kind}, ${block.visibility}, ${block.loa}, by ${from}${tags && `  ${tags}`}`,
    ...printable(block.text)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}
