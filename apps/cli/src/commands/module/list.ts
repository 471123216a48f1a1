import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil module list`: the modules that genesis registered and MMF has loaded. */
export function moduleList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "module list",
    action: "module.list",
    group: "Act",
    summary: "list the modules that may run, with their capabilities",
    examples: ["module list"],
    answer: "sigilderg GET /v1/modules",
    run: (input) =>
      withDoor(input.settings, "module.list", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/modules");
        return {
          json: body,
          text: (style) =>
            body.modules.flatMap(({ id, version, digest, description, capabilities }) => [
              `${style.bold(id)} ${version}  ${description}`,
              ...table(
                [
                  ["may", capabilities.map(({ name }) => name).join(", ") || "nothing but compute"],
                  ["digest", style.dim(digest)],
                ],
                "  ",
              ),
            ]),
        };
      }),
  };
}
