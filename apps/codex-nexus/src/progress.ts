const SILENT_MS = 1000;

/** What long work counts, as its lines say it. */
const COUNTED = { verified: "records", read: "lines" } as const;

/** How far something long is; `total` undefined where nobody knows. */
export type Told = (done: number, total?: number) => void;

/** Says on `stream`, at most once a second and not in the first, how far a verification, or the reading of a file, is. */
export function progressLine(
  stream: { write(line: string): unknown },
  clock: () => number,
  did: keyof typeof COUNTED = "verified",
): Told {
  const began = clock();
  let last = began;
  return (done, total) => {
    const now = clock();
    // The end is the report's to say.
    if (done === total || now - last < SILENT_MS) return;
    last = now;
    const rate = Math.round((done / (now - began)) * 1000);
    const share = total === undefined ? done : `${done} of ${total}`;
    stream.write(`${did} ${share} ${COUNTED[did]}, ${rate} a second\n`);
  };
}
