import { defineModule } from "@sigil/module-sdk";
import { GUIDANCE_STREAM, readGuidance } from "./guidance.ts";
import { inWords } from "./prose.ts";
import { refused, report } from "./report.ts";
import { type Review, review } from "./review.ts";
import { refuseSource, type SourceRefusal } from "./source.ts";

/**
 * Reviews one Rust file against the recorded guidance. Findings, citations and verdict are deterministic: the same text and guidance
 * give the same. A language model, where there is one, may put them in words besides.
 */
export default defineModule({
  input: {
    type: "object",
    required: ["source"],
    additionalProperties: false,
    properties: {
      path: {
        type: "string",
        maxLength: 1024,
        description:
          "Where the file lies in its crate, such as src/main.rs; tells test code and programs from libraries.",
      },
      source: {
        type: "string",
        description:
          "The text of one Rust file, at most 524288 bytes of UTF-8; a larger one is refused as source-too-large.",
      },
    },
  },
  capabilities: [{ name: "canon.read", scope: { streams: [`${GUIDANCE_STREAM}*`] } }, "llm.complete"],
  limits: { cpuMs: 30_000, wallMs: 45_000, memoryBytes: 128 * 1024 * 1024 },
  async run({ source, path = "" }, ctx) {
    const refusal = refuseSource(source);
    if (refusal) return refused(refusal);
    const result = reviewWithin(source, path);
    if ("code" in result) return refused(result);
    const fired = new Set(result.findings.map((finding) => finding.rule.id));
    return await inWords(report(result, await readGuidance([...fired].sort(), ctx), path), ctx);
  },
});

/** A tree can be deep without brackets: a sum of a thousand terms. The engine's stack ends before it, by a RangeError. */
function reviewWithin(source: string, path: string): Review | SourceRefusal {
  try {
    return review(source, path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const detail =
      "An expression nests too deep to be read, such as a chain of several hundred calls or operators; split it.";
    return { code: "source-too-deep", detail };
  }
}
