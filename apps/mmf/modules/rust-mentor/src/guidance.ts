import type { ModuleContext } from "@sigil/module-sdk";

/** Where genesis recorded the guidance of this module, one stream per rule. */
export const GUIDANCE_STREAM = "system/canon/rust/";

/** The record that a rule's findings cite. */
export interface Citation {
  readonly ref: string;
  readonly title: string;
}

/** What was read for the rules that fired: a citation, or the code under which reading failed. */
export interface Guidance {
  readonly citations: ReadonlyMap<string, Citation>;
  readonly missing: ReadonlyMap<string, string>;
}

/** Reads the guidance of each rule once, in the order given, so that a replay meets the same calls. Never rejects. */
export async function readGuidance(
  rules: readonly string[],
  ctx: Pick<ModuleContext, "canon">,
): Promise<Guidance> {
  const citations = new Map<string, Citation>();
  const missing = new Map<string, string>();
  for (const rule of rules) {
    try {
      const entry = await ctx.canon.read({ stream: `${GUIDANCE_STREAM}${rule}` });
      if (typeof entry?.ref === "string" && entry.ref !== "" && entry.text) {
        citations.set(rule, { ref: entry.ref, title: entry.title });
      } else missing.set(rule, "guidance-empty");
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      missing.set(rule, typeof code === "string" ? code : "guidance-unreadable");
    }
  }
  return { citations, missing };
}
