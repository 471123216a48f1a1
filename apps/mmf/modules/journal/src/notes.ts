import type { MemoryItem, ModuleContext } from "@sigil/module-sdk";

/** The tag of every note. */
export const JOURNAL = "journal";

/** A note and its number in what is said about it; the newest is 1. */
export interface Note extends MemoryItem {
  readonly number: number;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
}

export function isTag(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text);
}

/** The newest notes, newest first: those of the tag that are notes. One host call, so a replay meets the same. */
export async function readNotes(
  { memory }: Pick<ModuleContext, "memory">,
  { tag, limit }: { readonly tag: string | undefined; readonly limit: number },
): Promise<Note[]> {
  const { items } = await memory.list({ tag: tag ?? JOURNAL, limit });
  return items
    .filter(({ tags }) => tags.includes(JOURNAL))
    .map((item, at) => ({ ...item, number: at + 1, day: item.ts.slice(0, 10) }));
}

/** What an output cites, each note with the statement's words for it. */
export function citing(notes: readonly Note[]): { ref: string; note: string }[] {
  return notes.map(({ ref, number, day }) => ({ ref, note: `[${number}] ${day}` }));
}

/** The tags of a note beside the one that all have. */
export function topicsOf({ tags }: Pick<Note, "tags">): string[] {
  return tags.filter((tag) => tag !== JOURNAL);
}

/** A text on one line, cut after `length` characters, never within a code point. */
export function oneLine(text: string, length: number): string {
  const points = [...text.replace(/\s+/g, " ").trim()];
  return points.length <= length ? points.join("") : `${points.slice(0, length - 1).join("")}…`;
}

export function count(number: number, one: string): string {
  return `${number} ${number === 1 ? one : `${one}s`}`;
}
