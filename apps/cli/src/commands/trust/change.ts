import type { RequestInputOf } from "@sigil/wire";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { wholeValueOf } from "../../domain/whole-value.ts";

/** `sigil trust change <file>`: other weights of trust, or earlier ones again. */
export function trustChange({
  withDoor,
  quorumMode,
  readText,
}: Pick<Needs, "withDoor" | "quorumMode" | "readText">): Command {
  return {
    path: "trust change",
    action: "trust-model.change",
    group: "Govern",
    summary: "put other weights of trust in force, or earlier ones again; in quorum mode propose it",
    arguments: [
      {
        usage: "[file]",
        summary: "the model as JSON: {id, bias, weights}, or what `trust show --json` prints",
      },
    ],
    options: [{ flags: "--revert <version>", summary: "the version whose model comes back" }, ...GOVERNING],
    examples: [
      "trust change model.json --reason 'fitted on November'",
      "trust change --revert 0 --reason 'as it was'",
    ],
    answer: ["sigilderg POST /v1/trust-model", PROPOSED],
    async run(input) {
      const request = wholeValueOf(input, readText, "model", "model");
      const reason = reasonOf(input);
      return govern({ withDoor, quorumMode }, input, {
        action: "trust-model.change",
        request,
        async alone(door) {
          const asked = { ...request, reason } as RequestInputOf<"sigilderg POST /v1/trust-model">;
          const { body } = await door.call("sigilderg POST /v1/trust-model", { body: asked });
          return {
            json: body,
            text: (style) => [
              `${style.good("in force")}  the trust model of version ${body.version}, record ${body.record} (solo: one person decided)`,
              `What it says now: sigil trust show. Back again: sigil trust change --revert ${body.version - 1} --reason …`,
            ],
          };
        },
      });
    },
  };
}
