import { CONFIG } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { fromRuntime } from "../../domain/policy-source.ts";
import { table } from "../../domain/table.ts";

/** `sigil config show`: the settings as the services will read them, what records set over them, and where each came from. */
export function configShow({
  configOf,
  homeOf,
  withDoor,
}: Pick<Needs, "configOf" | "homeOf" | "withDoor">): Command {
  return {
    path: "config show",
    action: "local.run",
    group: "Administer",
    summary: "show the settings in force: defaults < sigil.toml < SIGIL_* < --set < records",
    options: [{ flags: "--origin", summary: "also say where each value came from" }],
    examples: ["config show --origin"],
    answer: CONFIG,
    async run(input) {
      const { config, origins } = configOf(input.settings);
      const origin = input.flag("origin");
      const { answer: recorded } = await fromRuntime(
        withDoor,
        input.settings,
        "config.read",
        async (door) => (await door.call("sigilderg GET /v1/config")).body,
        () => null,
      );
      const byRecord = Object.entries(recorded?.values ?? {});
      const rows = Object.entries(config).flatMap(([section, settings]) =>
        Object.entries(settings).map(([key, value]) => ({ key: `${section}.${key}`, value })),
      );
      return {
        json: { home: homeOf(input.settings), config, recorded, ...(origin ? { origins } : {}) },
        text: (style) => [
          style.dim(`home ${homeOf(input.settings)}`),
          ...table(
            rows.map(({ key, value }) => [
              key,
              JSON.stringify(value),
              ...(origin ? [style.dim((origins as Record<string, string>)[key] ?? "")] : []),
            ]),
          ),
          ...(byRecord.length === 0
            ? []
            : ["", `over them, by version ${recorded?.version} of the settings that records set:`]),
          ...table(byRecord.map(([key, value]) => [key, style.bold(JSON.stringify(value))])),
        ],
      };
    },
  };
}
