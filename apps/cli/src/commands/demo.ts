import { relative } from "node:path";
import { DEMO } from "../domain/answer/shapes.ts";
import type { Command, Settings } from "../domain/command.ts";
import { gather, tamper, verifyAlone } from "../domain/demo/demonstration.ts";
import { layout } from "../domain/home.ts";
import { launch } from "../domain/launch.ts";
import type { Needs } from "../domain/needs.ts";
import { SERVICES } from "../domain/services.ts";
import * as show from "../domain/show/demo.ts";
import { launchProgress } from "../domain/show/launch.ts";
import { citedTitles, sourceInput } from "./module/run.ts";

type Wanted = Pick<
  Needs,
  | "host"
  | "withDoor"
  | "configOf"
  | "workshop"
  | "readSource"
  | "tell"
  | "say"
  | "warn"
  | "signal"
  | "example"
>;

/**
 * `sigil demo [file]`: the main job end to end in a temporary home on free ports: run, record, export, verify offline
 * in another process, tamper, detect. Every line is about something that happened; nothing of it stays.
 */
export function demo({
  host,
  withDoor,
  configOf,
  workshop,
  readSource,
  tell,
  say,
  warn,
  signal,
  example,
}: Wanted): Command {
  return {
    path: "demo",
    action: "local.run",
    group: "Run Sigil",
    summary: "the main job end to end on a Rust file, in a temporary home; leaves nothing behind",
    arguments: [{ usage: "[file]", summary: "a Rust source file (default: the example of the repository)" }],
    examples: ["demo", "demo src/main.rs"],
    answer: DEMO,
    async run(input) {
      const began = performance.now();
      const path = input.argumentOr("file") ?? example;
      const source = readSource(path);
      const bench = workshop.open();
      host.atExit(() => bench.remove());
      const home = `${bench.folder}/home`;
      const settings: Settings = {
        json: input.settings.json,
        home,
        licence: undefined,
        set: SERVICES.map(({ section }) => `${section}.port=0`),
      };
      try {
        const up = await launch(host, { home, set: settings.set, signal }, launchProgress(say));
        const evidence = await (async () => {
          try {
            tell((style) => show.started(up, style));
            say("running rust-mentor");
            return await withDoor(settings, "module.run", async (door) => {
              const { body: run } = await door.call("sigilderg POST /v1/modules/:id/runs", {
                params: { id: "rust-mentor" },
                body: { input: sourceInput(source) },
              });
              const cited = await citedTitles(
                door,
                run.output.context.map(({ ref }) => ref),
              );
              tell((style) =>
                show.reviewed(relative(process.cwd(), path) || path, source.text, run, cited, style),
              );
              return withDoor(settings, "canon.export", (prover) => gather(door, prover, run, cited));
            });
          } finally {
            say("stopping the services");
            await up.stop();
          }
        })();
        signal.throwIfAborted();
        tell((style) => show.recorded(evidence, style));
        say("verifying offline");
        const pinned = await verifyAlone(bench, evidence.bundle, layout(home).trust);
        tell((style) => show.verified(pinned, style));
        const unpinned = await verifyAlone(bench, evidence.bundle, undefined);
        tell((style) => show.unpinned(unpinned, style));
        signal.throwIfAborted();
        say("tampering with a copy");
        const tampering = await tamper(bench, home, configOf(settings).config.codex_nexus.data_dir, evidence);
        tell((style) => show.tampered(tampering, style));
        const seconds = (performance.now() - began) / 1000;
        return {
          json: {
            file: path,
            runtime: {
              runtimeId: up.founded?.runtimeId,
              genesis: up.founded?.genesis,
              readyMs: up.milliseconds,
            },
            run: evidence.run,
            cited: evidence.cited,
            records: evidence.records,
            bundle: {
              entries: evidence.bundle.entries.length,
              origin: evidence.bundle.origin,
              checkpoint: evidence.bundle.checkpoint,
            },
            offline: { folder: pinned.holds, exit: pinned.code, report: pinned.report },
            unpinned: { folder: unpinned.holds, exit: unpinned.code, verdict: unpinned.report.verdict },
            tampering: {
              record: {
                id: tampering.record.signed.record.id,
                kind: tampering.record.signed.record.kind,
                index: tampering.record.index,
              },
              flip: tampering.flip,
              before: tampering.clean,
              after: tampering.damaged,
            },
            seconds,
          },
          text: (style) => show.ended(seconds, style),
        };
      } catch (error) {
        // The logs go with the temporary home, so what they say of the failure is shown now.
        if (!signal.aborted) warn(bench.complaints(layout(home).logs));
        throw error;
      } finally {
        bench.remove();
      }
    },
  };
}
