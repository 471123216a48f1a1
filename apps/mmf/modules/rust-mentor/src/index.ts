import { defineModule } from "@sigil/module-sdk";
import { readGuidance } from "./guidance.ts";
import { refused, report } from "./report.ts";
import { review } from "./review.ts";
import { refuseSource } from "./source.ts";

interface Input {
  /** The file's path in its crate; decides only what counts as test code or a program. */
  path?: string;
  /** The text of one Rust file. */
  source: string;
}

/** Reviews one Rust file against the recorded guidance. Deterministic: the same text and guidance give the same output. */
export default defineModule<Input>({
  async run({ source, path = "" }, ctx) {
    const refusal = refuseSource(source);
    if (refusal) return refused(refusal);
    const result = review(source, path);
    const fired = new Set(result.findings.map((finding) => finding.rule.id));
    return report(result, await readGuidance([...fired].sort(), ctx), path);
  },
});
