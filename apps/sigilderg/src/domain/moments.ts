/** Milliseconds since 1970 at which a UUIDv7 was drawn (RFC 9562 section 5.7). */
export function drawnAt(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}

/** The greatest moment that a record can name. */
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** A moment as records write it. */
export function moment(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), LAST_MS)).toISOString();
}
