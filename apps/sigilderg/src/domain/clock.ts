/** RFC 3339 time in UTC with milliseconds, as records carry it. */
export type Clock = () => string;

// A request asks several times within one millisecond, and writing a moment costs ten times reading it.
let written = { ms: Number.NaN, text: "" };

export const systemClock: Clock = () => {
  const ms = Date.now();
  if (ms !== written.ms) written = { ms, text: new Date(ms).toISOString() };
  return written.text;
};
