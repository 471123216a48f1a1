import { z } from "zod";
import * as a from "./atoms.ts";

/** `POST /v1/lockdown` and `POST /v1/lockdown/end`. */
export const lockdownChange = z.strictObject({ reason: a.text(1024).min(1) });
export const lockdownChanged = z.strictObject({ id: a.uuid7, decision: a.uuid7 });

/** `GET /v1/lockdown`: null when there is none. `record` is the one that it began with. */
export const lockdownView = z.strictObject({
  lockdown: z
    .strictObject({
      record: a.uuid7,
      since: a.timestamp,
      by: a.name,
      reason: z.string().max(2048),
    })
    .nullable(),
});
