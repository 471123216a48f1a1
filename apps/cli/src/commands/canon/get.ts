import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { printable } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

/** `sigil canon get <id>`: one signed record as the log holds it. */
export function canonGet({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "canon get",
    action: "canon.read",
    group: "Act",
    summary: "show one record with its signature and its place in the log",
    arguments: [{ usage: "<id>", summary: "id of the record" }],
    examples: ["canon get 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/canon/:id",
    run: (input) =>
      withDoor(input.settings, "canon.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/canon/:id", {
          params: { id: input.argument("id") },
        });
        const { record, sig } = body.signed;
        return {
          json: body,
          text: (style) => [
            `${style.bold(record.kind)}  ${record.id}`,
            ...table(
              [
                ["leaf", String(body.index)],
                ["hash", body.rh],
                ["stream", `${record.stream}, position ${record.seq}`],
                ["previous", record.prev ?? "none: the first of its stream"],
                ["time", record.ts],
                ["readable", `from ${record.loa}, space ${record.space}`],
                ["author", `${record.author.principal} (${record.author.loa})`],
                ["signed", `by record key ${sig.kid}`],
                ...record.links.map(({ label, target }) => [label, target]),
              ],
              "  ",
            ),
            ...printable(JSON.stringify(record.payload, null, 2))
              .split("\n")
              .map((line) => `  ${line}`),
          ],
        };
      }),
  };
}
