import { resolve } from "node:path";
import { FOUNDED } from "../domain/answer/shapes.ts";
import { bootstrap } from "../domain/bootstrap.ts";
import type { Command } from "../domain/command.ts";
import { CliError } from "../domain/error.ts";
import { layout } from "../domain/home.ts";
import type { Needs } from "../domain/needs.ts";
import { table } from "../domain/table.ts";

/**
 * `sigil bootstrap`: makes the runtime that the first `sigil start` would make, and starts nothing: for a home whose services
 * something else runs, such as a container stack. With `--secrets` the machine secrets lie in a folder of their own, so
 * that each service can be given its own and no other.
 */
export function bootstrapHome({ host, homeOf }: Pick<Needs, "host" | "homeOf">): Command {
  return {
    path: "bootstrap",
    action: "local.run",
    group: "Run Sigil",
    summary: "make a runtime without starting it",
    options: [
      {
        flags: "--secrets <folder>",
        summary: "keep the machine secrets in this empty folder, outside of the home",
      },
    ],
    examples: ["bootstrap", "bootstrap --home /srv/sigil --secrets /run/sigil-secrets"],
    answer: FOUNDED,
    async run(input) {
      const { settings } = input;
      const home = homeOf(settings);
      host.requireBuilt();
      host.sweep(home);
      if (host.inspect(home) === "sigil")
        throw new CliError(
          "home-present",
          `there is a runtime at ${home} already`,
          "Start it, or name another folder: --home ….",
        );
      const apart = input.option("secrets");
      const secrets = apart === undefined ? undefined : resolve(apart);
      const { config } = host.config(home, settings.set);
      const founded = await bootstrap(host.ceremony(home, config, settings.set, secrets));
      const at = layout(home);
      return {
        json: { home, secrets: secrets ?? at.secrets, trust: at.trust, licences: at.licences, ...founded },
        text: () => [
          `Made a runtime: ${founded.modules.length} modules registered, ${founded.guidance} guidance entries, mode solo.`,
          ...table(
            [
              ["home", home],
              ["secrets", secrets ?? at.secrets],
              ["licences", at.licences],
              ["trust", at.trust],
              ["genesis", founded.genesis],
            ],
            "  ",
          ),
        ],
      };
    },
  };
}
