import { capabilityText } from "@sigil/wire/module-package";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil module list`: the modules that run, and the packages that are there and do not, each with the reason. */
export function moduleList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "module list",
    action: "module.list",
    group: "Act",
    summary: "list the modules that run with what they may do, and why others do not",
    examples: ["module list"],
    answer: "sigilderg GET /v1/modules",
    run: (input) =>
      withDoor(input.settings, "module.list", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/modules");
        return {
          json: body,
          text: (style) => [
            ...body.modules.flatMap((module) => [
              `${style.bold(module.id)} ${module.version}  ${module.description}`,
              ...table(
                [
                  ["may", module.capabilities.map(capabilityText).join(", ") || "nothing but compute"],
                  ["digest", style.dim(module.digest)],
                  ["publisher", style.dim(`${module.publisher} (${module.publisherName})`)],
                ],
                "  ",
              ),
            ]),
            ...(body.others.length === 0 ? [] : ["", style.bold("These do not run")]),
            ...table(
              body.others.map(({ id, version, digest, state }) => [
                `${id} ${version}`,
                style.warn(state),
                style.dim(digest),
              ]),
              "  ",
            ),
            ...(body.refused.length === 0 ? [] : ["", style.bold("These packages do not hold")]),
            ...body.refused.map(({ folder, code, detail }) => `  ${style.bad(code)}  ${folder}: ${detail}`),
          ],
        };
      }),
  };
}
