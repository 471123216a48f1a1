import { fieldInvalid, type Shape, text } from "./shape.ts";

/** Stream names, principals, modules, labels. ASCII, hence in NFC whatever the writer's keyboard does. */
export const IDENTIFIER = /^[a-z0-9][a-z0-9._/-]{0,127}$/;
/** A digest as text. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const identifier: Shape = text(IDENTIFIER, "an identifier: [a-z0-9][a-z0-9._/-]{0,127}");
/** A witness, a principal or a runtime: an identifier of one step. */
export const name: Shape = /* @__PURE__ */ text(
  /^[a-z0-9][a-z0-9._-]{0,63}$/,
  "a name: [a-z0-9][a-z0-9._-]{0,63}",
);
export const digest: Shape = text(DIGEST, "sha256: and 64 lower-case hexadecimal digits");
export const uuidV7: Shape = text(UUID_V7, "a UUID of version 7 in lower case (RFC 9562)");

const TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** RFC 3339 in UTC with exactly three digits of a second, and a day that exists. */
export const timestamp: Shape = (value, steps, depth) => {
  const day = typeof value === "string" ? TIME.exec(value)?.[1] : undefined;
  // Every month has 28 days: only what lies outside needs the calendar.
  const exists = day !== undefined && ((day >= "01" && day <= "28") || isInCalendar(value as string));
  if (!exists) throw fieldInvalid(value, steps, depth, "a time such as 2026-11-22T12:00:00.000Z");
};

function isInCalendar(time: string): boolean {
  const parsed = Date.parse(time);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString() === time;
}

// The last character of a group that is not whole: its unused bits are zero (RFC 4648 section 3.5).
const LAST = ["", "[AQgw]", "[AEIMQUYcgkosw048]"];

/** base64url without padding of exactly `length` bytes. */
export function base64urlOf(length: number): Shape {
  const whole = Math.floor((length * 8) / 6);
  return text(new RegExp(`^[A-Za-z0-9_-]{${whole}}${LAST[length % 3]}$`), `base64url of ${length} bytes`);
}
