import type { Facts } from "./facts.ts";
import { type Finding, finding, sound } from "./findings.ts";

/** The language models that modules may ask: where they are, and what may leave for them. Never a key. */
export function models({ models: rows, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  if (rows.length === 0)
    return [sound("model-none", "no language model is configured; modules say what they can without")];
  return rows.flatMap(({ name, base, model, level, plaintext, keyProblem }) => [
    keyProblem === null
      ? sound("model-known", `${name} asks ${model} at ${base}, level ${level} at most`)
      : finding("model-key-unusable", `${name}: ${keyProblem.message}`, keyProblem.remedy),
    ...(plaintext && base.startsWith("http:")
      ? [
          finding(
            "model-in-clear",
            `${name}: what is said at ${base} is read and changed by everybody on the way`,
            "Use https, or a model of this machine, unless that is meant.",
          ),
        ]
      : []),
  ]);
}
