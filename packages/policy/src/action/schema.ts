import type { Loa } from "@sigil/canon/portable";
import { z } from "zod";
import { LOA } from "../loa.ts";
import type { ActionRow } from "./row.ts";

const share = z.number().min(0).max(1);
const level = z.enum(LOA as readonly [Loa, ...Loa[]]);

/** The strict schema of one row of the action table, as it leaves the process. */
export const actionRowSchema: z.ZodType<ActionRow> = z.strictObject({
  action: z
    .string()
    .regex(/^[a-z][a-z-]*\.[a-z][a-z-]*$/, "object.verb in lower case")
    .describe("object.verb, unique"),
  least: z
    .union([level, z.enum(["none", "service"])])
    .describe("the least level; none needs no licence; service is open to one service's key alone"),
  by: z
    .enum(["sigilderg", "mmf"])
    .exactOptional()
    .describe("the one service that may, where least is service"),
  trust: share.nullable().describe("the least trust score; null where trust is not asked"),
  risk: share.describe("how much harm a wrongful use does: a feature of the trust model"),
  recorded: z
    .enum(["none", "metrics", "batched", "durable", "with-run"])
    .describe("what is kept of an allowed use"),
  quorum: z
    .union([z.enum(["none", "majority", "proposal", "local"]), z.literal(1), z.literal(2)])
    .describe("who must agree in quorum mode, beside the caller"),
  quorumFrom: level
    .exactOptional()
    .describe("the quorum holds only where the level that is given away is at least this one"),
  witness: z.literal(true).exactOptional().describe("the caller must also be an active registered witness"),
  lockdown: z
    .enum(["open", "leaves", "proposal"])
    .exactOptional()
    .describe("what goes on in lockdown; without it, nothing"),
  note: z.string().max(256).exactOptional().describe("for the reader; decides nothing"),
});
