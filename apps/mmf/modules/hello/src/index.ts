import { defineModule, ruleZero } from "@sigil/module-sdk";

/** Greets, and says why: the whole of Rule Zero in one module. */
export default defineModule({
  input: {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", minLength: 1, maxLength: 64, description: "Whom to greet." } },
  },
  capabilities: ["interaction.log"],
  limits: { cpuMs: 100, hostCalls: 1 },
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
