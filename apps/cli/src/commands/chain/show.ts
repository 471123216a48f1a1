import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { chainLines, type ShownChain } from "../../domain/show/chain.ts";

/** `sigil chain show <id>`: a frozen chain, with what it cites as far as the caller may know of it. */
export function chainShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "chain show",
    action: "chain.read",
    group: "Prove",
    summary: "show the FrozenChain of a run: the verdict and why, what it rests on and descends from",
    arguments: [{ usage: "<id>", summary: "id of the run, or of its chain.frozen record" }],
    examples: ["chain show 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/chains/:id",
    run: (input) =>
      withDoor(input.settings, "chain.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/chains/:id", {
          params: { id: input.argument("id") },
        });
        const chain = body.signed.record.payload.body as unknown as ShownChain;
        return { json: body, text: (style) => chainLines(body, chain, style) };
      }),
  };
}
