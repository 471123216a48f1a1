import { defineModule, ruleZero } from "@sigil/module-sdk";

interface Input {
  name: string;
}

/** Greets, and says why: the whole of Rule Zero in one module. */
export default defineModule<Input>({
  async run(input, ctx) {
    await ctx.logInteraction({ greeted: input.name });
    return ruleZero({
      // Nothing was read, so nothing is cited. A module that reads cites here what its conclusion rests on.
      context: [],
      reasoning: `The input names ${input.name}; a greeting needs nothing else.`,
      suggestion: `Hello, ${input.name}.`,
      verdict: "Allow",
      confidence: 1,
    });
  },
});
