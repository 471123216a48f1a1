import type { Loa } from "@sigil/canon";
import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

const KINDS = ["episodic", "semantic", "procedural"] as const;
const LEVELS = ["Guest", "Observer", "Operator", "Mentor", "Root"] as const;

/** `sigil memory write <text>`: one memory block in the caller's own stream, with its decision and outcome. */
export function memoryWrite({ withDoor, stdin }: Pick<Needs, "withDoor" | "stdin">): Command {
  return {
    path: "memory write",
    action: "memory.write",
    group: "Act",
    summary: "write a memory block into your own stream",
    arguments: [{ usage: "<text>", summary: "the text; - reads it from standard input" }],
    options: [
      { flags: "--kind <kind>", summary: "what kind of memory (default episodic)", choices: KINDS },
      { flags: "--tag <tag>", summary: "a tag to find it by; may be repeated", repeat: true },
      { flags: "--shared", summary: "readable by everyone of its level, not by you alone" },
      { flags: "--loa <level>", summary: "least level that may read it (default your own)", choices: LEVELS },
      { flags: "--idempotency-key <key>", summary: "repeat a write without writing it twice" },
    ],
    examples: [
      "memory write 'the build needs Node 24' --tag project",
      "memory write - --kind semantic --shared",
    ],
    answer: "sigilderg POST /v1/memory",
    async run(input) {
      const given = input.argument("text");
      const text = given === "-" ? (await stdin()).trimEnd() : given;
      if (text === "")
        throw invalid("the text is empty", "Give the text as an argument, or - and pipe it in.");
      const loa = input.option("loa") as Loa | undefined;
      const kind = (input.option("kind") ?? "episodic") as (typeof KINDS)[number];
      const idempotencyKey = input.option("idempotencyKey");
      return withDoor(input.settings, "memory.write", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/memory", {
          body: {
            kind,
            text,
            tags: input.repeated("tag"),
            visibility: input.flag("shared") ? "shared" : "private",
            ...(loa === undefined ? {} : { loa }),
          },
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        });
        return {
          json: body,
          text: (style) => [
            `${style.good(body.replayed ? "was written before" : "written")} as ${door.licence?.principal}`,
            ...table(
              [
                ["id", body.id],
                ["hash", body.hash],
                ["leaf", String(body.index)],
                ["decision", body.decision],
              ],
              "  ",
            ),
          ],
        };
      });
    },
  };
}
