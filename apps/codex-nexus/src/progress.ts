const SILENT_MS = 1000;

/** Says on `stream`, at most once a second and not in the first, how far a verification is. */
export function progressLine(
  stream: { write(line: string): unknown },
  clock: () => number,
): (done: number, total: number) => void {
  const began = clock();
  let last = began;
  return (done, total) => {
    const now = clock();
    // The end is the report's to say.
    if (done === total || now - last < SILENT_MS) return;
    last = now;
    const rate = Math.round((done / (now - began)) * 1000);
    stream.write(`verified ${done} of ${total} records, ${rate} a second\n`);
  };
}
