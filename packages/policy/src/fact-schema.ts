import type { Loa } from "@sigil/canon/portable";
import { z } from "zod";
import type { Facts } from "./facts.ts";
import { LOA } from "./loa.ts";

const pressure = z.number().min(0).max(1).exactOptional();
const evidence = z.number().min(0).max(1e12);

/** The strict schema of facts that a question supposes; what it does not name is as it is. */
export const supposedFacts: z.ZodType<Partial<Facts>> = z.strictObject({
  mode: z.enum(["solo", "quorum"]).exactOptional(),
  targetSensitivity: pressure,
  requestRate: pressure,
  anomaly: pressure,
  history: z
    .strictObject({ good: evidence, bad: evidence, incident: z.boolean() })
    .exactOptional()
    .describe("weighted, decayed evidence about the principal"),
  targetLoa: z
    .enum(LOA as readonly [Loa, ...Loa[]])
    .exactOptional()
    .describe("the level that the action would give away"),
  witness: z.boolean().exactOptional(),
  visible: z.boolean().exactOptional(),
  lockdown: z.boolean().exactOptional(),
  approved: z
    .boolean()
    .exactOptional()
    .describe("the quorum of the action is reached, and its proposal is being committed"),
  proposed: z.string().max(64).exactOptional().describe("the action that the proposal in hand is for"),
});
