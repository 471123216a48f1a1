import { STARTED, STOPPED } from "../domain/answer/shapes.ts";
import type { Command } from "../domain/command.ts";
import { EXIT } from "../domain/exit.ts";
import { layout } from "../domain/home.ts";
import { type Launched, launch } from "../domain/launch.ts";
import type { Needs } from "../domain/needs.ts";
import { SERVICES, url } from "../domain/services.ts";
import { launchProgress } from "../domain/show/launch.ts";
import type { Style } from "../domain/style.ts";
import { table } from "../domain/table.ts";

type Wanted = Pick<Needs, "host" | "homeOf" | "emit" | "say" | "signal" | "licences" | "example">;

/**
 * `sigil start`: makes the runtime on the first start, runs the three services until Ctrl-C, and restarts nothing: a
 * service that ends by itself ends all, with its last error.
 */
export function start({ host, homeOf, emit, say, signal, licences, example }: Wanted): Command {
  return {
    path: "start",
    action: "local.run",
    group: "Run Sigil",
    summary: "run Sigil until Ctrl-C; the first start makes a runtime",
    examples: ["start", "start --home /srv/sigil --set sigilderg.port=7500"],
    answer: [STARTED, STOPPED],
    several: true,
    async run(input) {
      const { settings } = input;
      const up = await launch(
        host,
        { home: homeOf(settings), set: settings.set, signal },
        launchProgress(say),
      );
      try {
        emit({
          json: described(up, licences(settings)),
          text: (style) => banner(up, licences(settings), example, style),
        });
        const ended = new Promise<undefined>((resolve) => {
          if (signal.aborted) resolve(undefined);
          signal.addEventListener("abort", () => resolve(undefined), { once: true });
        });
        const death = await Promise.race([up.supervisor.died, ended]);
        if (death !== undefined) say(`${death.message}; stopping the others`);
        else say("stopping");
        const killed = await up.stop();
        if (death !== undefined) throw death;
        return {
          json: { event: "stopped", killed },
          text: (style) => [
            killed.length === 0
              ? "Sigil stopped; everything that was acknowledged is stored."
              : style.warn(`Sigil stopped; killed because they did not end in time: ${killed.join(", ")}`),
          ],
          exit: killed.length === 0 ? EXIT.done : EXIT.refused,
        };
      } catch (error) {
        await up.stop();
        throw error;
      }
    },
  };
}

type Licences = ReturnType<Needs["licences"]>;

function described(up: Launched, licences: Licences): unknown {
  const at = layout(up.home);
  return {
    event: "ready",
    home: up.home,
    milliseconds: up.milliseconds,
    founded: up.founded ?? null,
    services: SERVICES.map(({ name }) => ({
      name,
      url: url(up.addresses[name]),
      pid: up.supervisor.pids()[name],
    })),
    licences: licences.map(({ name, claims }) => ({
      name,
      loa: claims.loa,
      file: `${at.licences}/${name}.jwt`,
    })),
    trust: at.trust,
    logs: at.logs,
  };
}

const ROLE = {
  sigilderg: "SigilDERG, the door",
  mmf: "MMF, runs modules",
  "codex-nexus": "Codex Nexus, the store",
} as const;

function banner(up: Launched, licences: Licences, example: string, style: Style): string[] {
  const at = layout(up.home);
  const { founded } = up;
  return [
    ...(founded === undefined
      ? []
      : [
          `Made a runtime: ${founded.modules.length} modules registered, ${founded.guidance} guidance entries, mode solo.`,
          style.dim(`genesis ${founded.genesis}`),
        ]),
    `${style.good("Sigil is ready")} ${style.dim(`in ${(up.milliseconds / 1000).toFixed(1)} s`)}`,
    "",
    ...table(
      [...SERVICES].reverse().map(({ name }) => [ROLE[name], url(up.addresses[name])]),
      "  ",
    ),
    "",
    ...table(
      [
        ["home", up.home],
        ...licences.map(({ name, claims }) => ["licence", `${at.licences}/${name}.jwt (${claims.loa})`]),
        ["trust", at.trust],
        ["logs", at.logs],
      ],
      "  ",
    ),
    "",
    "Try next, in another terminal:",
    `  npm run -s sigil -- module run rust-mentor ${example}`,
    "  npm run -s sigil -- status",
    "",
    "Ctrl-C stops everything.",
  ];
}
