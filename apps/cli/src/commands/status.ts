import { STATUS } from "../domain/answer/shapes.ts";
import type { Command } from "../domain/command.ts";
import { EXIT } from "../domain/exit.ts";
import type { Needs } from "../domain/needs.ts";
import { SERVICES, url } from "../domain/services.ts";
import { table } from "../domain/table.ts";

/** `sigil status`: what answers, what is ready, and how long the log is. Needs no licence. */
export function status({
  homeOf,
  runningOf,
  addressesOf,
  stateOf,
  withDoor,
  runtimeOf,
  quorumMode,
  modelsOf,
}: Pick<
  Needs,
  "homeOf" | "runningOf" | "addressesOf" | "stateOf" | "withDoor" | "runtimeOf" | "quorumMode" | "modelsOf"
>): Command {
  return {
    path: "status",
    action: "health.read",
    group: "Run Sigil",
    summary: "what is running, whether it is ready, how long the log is",
    examples: ["status", "status --json"],
    answer: STATUS,
    async run(input) {
      const running = runningOf(input.settings);
      const addresses = addressesOf(input.settings);
      const found = await Promise.all(
        SERVICES.map(async ({ name }) => {
          const where = url(addresses[name]);
          return { name, url: where, pid: running?.services[name]?.pid ?? null, ...(await stateOf(where)) };
        }),
      );
      const door = found.find(({ name }) => name === "sigilderg");
      const other = door?.reachable
        ? await withDoor(input.settings, "static.read", (client) =>
            client.call("sigilderg GET /.well-known/sigil-keys"),
          ).then(
            ({ body }) => (body.runtimeId === runtimeOf(input.settings) ? undefined : body.runtimeId),
            // Who cannot say which runtime it is has not been started to the end, or is no Sigil; its state says so.
            () => undefined,
          )
        : undefined;
      // What answers there belongs to another home: nothing of it says how this one is.
      const services =
        other === undefined
          ? found
          : found.map((service) => ({
              ...service,
              ready: false,
              reasons: [`another runtime answers: ${other}`],
            }));
      const ready = services.every((service) => service.ready);
      const reachable = services.some((service) => service.reachable);
      const log = services.find(({ name }) => name === "sigilderg")?.ready
        ? (await withDoor(input.settings, "log.read", (door) => door.call("sigilderg GET /v1/checkpoint")))
            .body
        : null;
      const mode = quorumMode(input.settings);
      const models = log === null ? [] : await modelsOf(input.settings);
      return {
        json: {
          ready,
          mode,
          home: homeOf(input.settings),
          supervisor: running === undefined ? null : { pid: running.pid, startedAt: running.startedAt },
          services,
          log,
          models: models.map(({ name, base, model }) => ({ name, base, model })),
        },
        text: (style) => [
          `${ready ? style.good("ready") : reachable ? style.warn("not ready") : style.bad("not running")}  ${homeOf(input.settings)}${
            running === undefined ? "" : style.dim(`  supervisor ${running.pid} since ${running.startedAt}`)
          }`,
          ...table(
            services.map((service) => [
              service.name,
              service.url,
              service.ready
                ? style.good("ready")
                : service.reachable
                  ? style.warn("not ready")
                  : style.bad("does not answer"),
              [service.version, service.pid === null ? undefined : `pid ${service.pid}`]
                .filter(Boolean)
                .join(", "),
            ]),
            "  ",
          ),
          ...services.flatMap(({ name, ready: well, reasons }) =>
            reasons.map((reason) => `  ${style.warn(well ? reason : `${name}: ${reason}`)}`),
          ),
          ...(log === null ? [] : [`  log of ${log.size} records, root ${log.root}`]),
          ...models.map(({ name, base, model }) => `  modules may ask ${model} at ${base} (${name})`),
          mode === "solo"
            ? "  mode solo: one person changes what governs here, and such a write is marked solo"
            : "  mode quorum: what governs here changes when witnesses agree; `sigil proposal list` shows what waits",
          ...(reachable ? [] : ["Start it: npm start"]),
        ],
        exit: ready ? EXIT.done : reachable ? EXIT.refused : EXIT.unreachable,
      };
    },
  };
}
