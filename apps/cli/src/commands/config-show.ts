import type { ResponseOf } from "@sigil/wire";
import type { Command } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";
import { table } from "../domain/table.ts";

type Running = ResponseOf<"sigilderg GET /v1/config">;

/**
 * `sigil config show`: the settings as the services will read them, and where each came from; with `--running` also what
 * records set over them in the Sigil that runs.
 */
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
    options: [
      { flags: "--origin", summary: "also say where each value came from" },
      { flags: "--running", summary: "ask the running Sigil what records set over them" },
    ],
    async run(input) {
      const { config, origins } = configOf(input.settings);
      const origin = input.flag("origin");
      const running = input.flag("running")
        ? await withDoor(
            input.settings,
            "config.read",
            async (door) => (await door.call("sigilderg GET /v1/config")).body,
          )
        : undefined;
      const rows = Object.entries(config).flatMap(([section, settings]) =>
        Object.entries(settings).map(([key, value]) => {
          const name = `${section}.${key}`;
          const held = running?.settings.find((each) => each.key === name);
          const source = sourceOf(held, running) ?? (origins as Record<string, string>)[name] ?? "";
          return { key: name, value: held?.value ?? value, source };
        }),
      );
      return {
        json: {
          home: homeOf(input.settings),
          config,
          ...(origin ? { origins } : {}),
          ...(running === undefined ? {} : { running }),
        },
        text: (style) => [
          style.dim(`home ${homeOf(input.settings)}`),
          ...table(
            rows.map(({ key, value, source }) => [
              key,
              JSON.stringify(value),
              ...(origin || running !== undefined ? [style.dim(source)] : []),
            ]),
          ),
        ],
      };
    },
  };
}

/** Where the running Sigil has a value from; undefined of what it was not asked about. */
function sourceOf(
  held: Running["settings"][number] | undefined,
  running: Running | undefined,
): string | undefined {
  if (held === undefined || running === undefined) return undefined;
  return held.source === "record" ? `record, version ${running.version}` : `${held.source} (can be changed)`;
}
