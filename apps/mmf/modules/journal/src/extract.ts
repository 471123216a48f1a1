import type { Note } from "./notes.ts";
import { sentences, share, words } from "./words.ts";

/** A statement and the notes that it rests on, by number. */
export interface Statement {
  readonly text: string;
  readonly cites: readonly number[];
}

/** Statements of a summary at most. */
export const MOST_STATEMENTS = 8;
/** A sentence of which so much is in another says the same. */
const SAME = 0.6;

interface Candidate extends Statement {
  readonly words: ReadonlySet<string>;
  readonly score: number;
  readonly note: Note;
}

/**
 * The sentences that say most of what the notes say, word for word, in the order in which they were written. A sentence weighs as
 * much as its telling words, each by the number of notes it stands in; what says the same as a heavier one is left out, and the
 * heavier one cites its note too.
 */
export function extract(notes: readonly Note[]): Statement[] {
  const notesOf = new Map<string, number>();
  for (const { text } of notes)
    for (const word of new Set(words(text))) notesOf.set(word, (notesOf.get(word) ?? 0) + 1);
  const candidates = notes
    .flatMap((note) => sentences(note.text).map((text) => candidate(text, note, notesOf)))
    .sort((a, b) => b.score - a.score || b.note.number - a.note.number);
  const chosen: (Candidate & { cites: number[] })[] = [];
  for (const each of candidates) {
    const same = chosen.find(
      (other) => share(each.words, other.words) >= SAME || share(other.words, each.words) >= SAME,
    );
    if (same === undefined) {
      if (chosen.length < MOST_STATEMENTS) chosen.push({ ...each, cites: [...each.cites] });
    } else if (!same.cites.includes(each.note.number)) same.cites.push(each.note.number);
  }
  return chosen
    .sort((a, b) => b.note.number - a.note.number)
    .map(({ text, cites }) => ({ text, cites: cites.sort((a, b) => a - b) }));
}

function candidate(text: string, note: Note, notesOf: ReadonlyMap<string, number>): Candidate {
  const telling = new Set(words(text));
  let weight = 0;
  for (const word of telling) weight += notesOf.get(word) ?? 0;
  // A long sentence holds more words, and not for that more of the notes.
  return { text, note, words: telling, cites: [note.number], score: weight / (telling.size + 4) };
}
