import type { Command } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";
import { table } from "../domain/table.ts";

/** `sigil config show`: the settings as the services will read them, and where each came from. */
export function configShow({ configOf, homeOf }: Pick<Needs, "configOf" | "homeOf">): Command {
  return {
    path: "config show",
    action: "local.run",
    group: "Administer",
    summary: "show the settings in force: defaults < sigil.toml < SIGIL_* < --set",
    options: [{ flags: "--origin", summary: "also say where each value came from" }],
    async run(input) {
      const { config, origins } = configOf(input.settings);
      const origin = input.flag("origin");
      const rows = Object.entries(config).flatMap(([section, settings]) =>
        Object.entries(settings).map(([key, value]) => ({ key: `${section}.${key}`, value })),
      );
      return {
        json: { home: homeOf(input.settings), config, ...(origin ? { origins } : {}) },
        text: (style) => [
          style.dim(`home ${homeOf(input.settings)}`),
          ...table(
            rows.map(({ key, value }) => [
              key,
              JSON.stringify(value),
              ...(origin ? [style.dim((origins as Record<string, string>)[key] ?? "")] : []),
            ]),
          ),
        ],
      };
    },
  };
}
