import { z } from "zod";

/** An RFC 9457 problem as Sigil answers it, media type `application/problem+json`. */
export const problem = z.object({
  type: z.string().max(128),
  title: z.string().max(256),
  status: z.int().min(400).max(599),
  detail: z.string().max(4096),
  /** The stable name of the fact; `type` is `urn:sigil:problem:` and this. */
  code: z.string().max(64),
  remedy: z.string().max(1024),
  decisionId: z.string().max(64).optional(),
  /** What would have to be there for the answer to differ. */
  missing: z.array(z.string().max(512)).max(64).optional(),
});
export type Problem = z.infer<typeof problem>;

export const PROBLEM_MEDIA_TYPE = "application/problem+json";
