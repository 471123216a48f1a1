import { type Input, invalid } from "./command.ts";

/** A time as records have it. A date is its first moment, in UTC. */
export function moment(input: Input, name: string): string | undefined {
  const given = input.option(name);
  if (given === undefined) return undefined;
  const utc = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(given)
    ? Date.parse(given)
    : Number.NaN;
  if (Number.isNaN(utc))
    throw invalid(
      `--${name} is ${JSON.stringify(given)}; it must be a date or a time in UTC`,
      "Such as 2026-11-22T12:00Z.",
    );
  return new Date(utc).toISOString();
}
