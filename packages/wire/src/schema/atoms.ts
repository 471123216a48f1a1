import type { Json } from "@sigil/canon";
import { z } from "zod";

// The words that every message is made of. Each is bounded: nothing crosses a boundary without a length.

/** UUID version 7 in lower case (RFC 9562 section 5.7): ids of records, runs and decisions. */
export const uuid7 = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, "a UUIDv7 in lower case");

/** `sha256:` and 64 lower-case hex digits. */
export const sha256Ref = z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256:<64 hex digits>");

/** Names of streams and tags: `[a-z0-9][a-z0-9._/-]{0,127}`. */
export const identifier = z.string().regex(/^[a-z0-9][a-z0-9._/-]{0,127}$/, "[a-z0-9][a-z0-9._/-]{0,127}");

/** A principal, a module or a slug: an identifier without a slash, because it becomes one step of a stream. */
export const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "[a-z0-9][a-z0-9._-]{0,63}");

/** A key id: RFC 7638 thumbprint, 43 characters of base64url. */
export const kid = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "43 characters of base64url");

/** 32 raw bytes in base64url (a public key, a salt, a digest). */
export const bytes32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url");

/** 32 raw bytes in padded base64 (a Merkle hash, as C2SP writes it). */
export const hash64 = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, "32 bytes in padded base64");

/** RFC 3339 with milliseconds and Z, the only time format in a record. */
export const timestamp = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "YYYY-MM-DDTHH:MM:SS.mmmZ");

export const loa = z.enum(["Guest", "Observer", "Operator", "Mentor", "Root"]);
export const space = z.enum(["user", "system"]);
/** A closed-table code such as `prev-not-tip`. */
export const code = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "kebab-case, at most 64 characters");
/** An action of the action table such as `memory.write`. */
export const action = z.string().regex(/^[a-z][a-z-]*(\.[a-z-]+)+$/, "an action such as memory.write");
export const semver = z
  .string()
  .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9a-z.-]{1,32})?$/, "a version such as 1.2.3");

export const index = z.int().min(0);

/** Text of at most `max` UTF-16 units. */
export const text = (max: number) => z.string().max(max);

/**
 * Any JSON value. The bytes went through `parseJson` before any schema sees them, so depth, size, numbers and
 * keys are settled; here the value only receives its type.
 */
export const json: z.ZodType<Json> = z.custom<Json>((value) => value !== undefined);
export const jsonObject: z.ZodType<{ [key: string]: Json }> = z
  .custom<{ [key: string]: Json }>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "an object",
  )
  // What OpenAPI says of it.
  .meta({ type: "object" });

export type LoaName = z.infer<typeof loa>;
