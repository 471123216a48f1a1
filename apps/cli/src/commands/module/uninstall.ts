import { REMOVED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { CliError } from "../../domain/error.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil module uninstall <digest>`: removes the files of an installed package that does not run any more. */
export function moduleUninstall({
  withDoor,
  packages,
  homeOf,
  requireHome,
}: Pick<Needs, "withDoor" | "packages" | "homeOf" | "requireHome">): Command {
  return {
    path: "module uninstall",
    action: "module.list",
    group: "Govern",
    summary: "remove the files of an installed module that is revoked or superseded",
    arguments: [{ usage: "<digest>", summary: "sha256:…; `sigil module list` shows it" }],
    examples: ["module uninstall sha256:68d7923a68d7923a68d7923a68d7923a68d7923a68d7923a68d7923a68d7923a"],
    answer: REMOVED,
    async run(input) {
      const home = homeOf(input.settings);
      requireHome(home);
      const digest = input.argument("digest");
      const { modules } = await withDoor(
        input.settings,
        "module.list",
        async (door) => (await door.call("sigilderg GET /v1/modules")).body,
      );
      const running = modules.find((module) => module.digest === digest);
      if (running !== undefined)
        throw new CliError(
          "module-in-force",
          `${running.id} ${running.version} runs under ${digest}`,
          `Revoke it first: sigil module revoke ${running.id} ${digest} --reason <why>`,
        );
      const folder = await packages.remove(home, digest);
      return {
        json: { digest, folder },
        text: (style) => [
          `${style.good("removed")}  ${folder}`,
          "  its runs stay recorded and verify; they can no longer be replayed here",
        ],
      };
    },
  };
}
