import { z } from "zod";
import * as a from "./atoms.ts";

/**
 * `<home>/decisions-due/<id>.json`: a command that the CLI began on this machine and that no route of the door is. Without `end` it runs as
 * process `pid`, or was cut off. SigilDERG records its decision and outcome, and believes nothing of it but the licence.
 */
export const localCommand = z.strictObject({
  v: z.literal(1),
  id: a.uuid7,
  action: z.enum(["store.backup", "store.restore", "store.migrate", "selftest.run"]),
  licence: a.text(16_384),
  at: a.timestamp,
  pid: z.int().min(1),
  end: z.strictObject({ status: z.enum(["done", "failed"]), code: a.code.optional() }).optional(),
});
export type LocalCommand = z.infer<typeof localCommand>;

/** Below the home: the folder of commands whose decisions are due. */
export const DECISIONS_DUE = "decisions-due";
