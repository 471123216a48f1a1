import { defineModule, ruleZero } from "@sigil/module-sdk";

/** Everything that the manifest says of this module's code stands here, and `sigil module build` writes it from here. */
export default defineModule({
  // What the host lets in: `input` of run has the type of this schema.
  input: {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", minLength: 1, maxLength: 64, description: "Whom to greet." } },
  },
  // What run may ask for: `ctx` has these calls and no others.
  capabilities: ["memory.list", "interaction.log"],
  limits: { cpuMs: 200, hostCalls: 8 },

  async run(input, ctx) {
    const { items } = await ctx.memory.list({ tag: "people", limit: 20 });
    const known = items.find(({ text }) => text.includes(input.name));
    await ctx.logInteraction({ greeted: input.name, known: known !== undefined });
    return ruleZero({
      // What the conclusion rests on: only refs that a call of this run returned.
      context: known === undefined ? [] : [{ ref: known.ref, note: "what is known of them" }],
      reasoning:
        known === undefined
          ? `None of ${items.length} notes about people mentions ${input.name}.`
          : `A note mentions ${input.name}: ${known.text}`,
      suggestion: known === undefined ? `Hello, ${input.name}.` : `Welcome back, ${input.name}.`,
      verdict: "Allow",
      confidence: 1,
    });
  },
});
