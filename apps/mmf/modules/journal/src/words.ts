/** Words that stand in every text and tell none from another. */
const COMMON = new Set(
  "a about after all also an and any are as at be because been before but by can could did do does for from had has have he her his how i if in into is it its just like made make may me more most my no not now of on one only or other our out over own said same she should so some such than that the their them then there these they this those through to too up us use very was we were what when where which while who will with would you your".split(
    " ",
  ),
);

/** The telling words of a text, lower case, each as often as it stands there. */
export function words(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(
    (word) => (word.length > 2 || /\p{N}/u.test(word)) && !COMMON.has(word),
  );
}

/** The numbers of a text as they are written. */
export function numbers(text: string): string[] {
  return text.match(/\p{Nd}+(?:[.,:]\p{Nd}+)*/gu) ?? [];
}

/** Sentences and lines, in order; without what says nothing. */
export function sentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/u)
    .map((sentence) => sentence.replace(/^[\s*•-]+/u, "").trim())
    .filter((sentence) => words(sentence).length > 0);
}

/** How much of the first set is in the second, 0 to 1. */
export function share(part: ReadonlySet<string>, whole: ReadonlySet<string>): number {
  if (part.size === 0) return 0;
  let common = 0;
  for (const word of part) if (whole.has(word)) common += 1;
  return common / part.size;
}
