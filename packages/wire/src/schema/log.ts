import { z } from "zod";
import { logPolicy } from "../payload/records.ts";
import * as a from "./atoms.ts";

const number = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/, "a whole number without leading zeroes")
  .transform(Number)
  .refine(Number.isSafeInteger, "at most 2^53 − 1");

/** `GET /v1/log/tile`: C2SP tlog-tiles, in numbers. */
export const tileQuery = z.strictObject({
  level: z.union([z.literal("entries"), number.refine((level) => level <= 63, "0 to 63")]),
  index: number,
  width: number.refine((width) => width >= 1 && width <= 256, "1 to 256"),
});
/** The bytes of a tile in padded base64: at most 256 hashes, or 256 entries. */
export const tileBytes = z.strictObject({ bytes: z.string().max(256 * 1024) });

export const consistencyQuery = z.strictObject({ from: number, to: number });
/** Hashes of an RFC 6962 consistency proof, in its order. */
export const consistency = z.strictObject({ hashes: z.array(a.hash64).max(64) });

export const inclusionQuery = z.strictObject({ index: number });
/** A C2SP tlog-proof with the newest checkpoint in it. */
export const inclusion = z.strictObject({ proof: z.string().max(32_768) });

/** `POST /v1/log/policy`: the payload of the record that it becomes. */
export const policyChange = logPolicy;
export const policyChanged = z.strictObject({ id: a.uuid7, decision: a.uuid7 });

/** The rest of a path below `/log/tile/`, as `parseTilePath` reads it. */
export const tilePath = z.strictObject({ tile: z.string().max(64) });
export const leafPath = z.strictObject({ index: number });
