import { fromBase64url } from "@sigil/crypto/bytes";
import { fieldInvalid, type Shape, text } from "./shape.ts";

/** Stream names, principals, modules, labels. ASCII, hence in NFC whatever the writer's keyboard does. */
export const IDENTIFIER = /^[a-z0-9][a-z0-9._/-]{0,127}$/;
/** A digest as text. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const identifier: Shape = text(IDENTIFIER, "an identifier: [a-z0-9][a-z0-9._/-]{0,127}");
export const digest: Shape = text(DIGEST, "sha256: and 64 lower-case hexadecimal digits");
export const uuidV7: Shape = text(UUID_V7, "a UUID of version 7 in lower case (RFC 9562)");

/** RFC 3339 in UTC with exactly three digits of a second, and a day that exists. */
export const timestamp: Shape = (value, path) => {
  const must = "a time such as 2026-11-22T12:00:00.000Z";
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) {
    throw fieldInvalid(value, path, must);
  }
  const time = Date.parse(value);
  if (Number.isNaN(time) || new Date(time).toISOString() !== value) throw fieldInvalid(value, path, must);
};

/** base64url without padding of exactly `length` bytes. */
export function base64urlOf(length: number): Shape {
  return (value, path) => {
    let found = -1;
    try {
      if (typeof value === "string") found = fromBase64url(value).length;
    } catch {
      // the refusal below says what is wanted
    }
    if (found !== length) throw fieldInvalid(value, path, `base64url of ${length} bytes`);
  };
}
