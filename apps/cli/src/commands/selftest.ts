import { parseTrustFile, verifyBundle } from "@sigil/canon";
import { WireError } from "@sigil/wire";
import { SELFTEST } from "../domain/answer/shapes.ts";
import type { Command, Settings } from "../domain/command.ts";
import { examine } from "../domain/doctor/examine.ts";
import { LEAST_FREE } from "../domain/doctor/store.ts";
import { CliError } from "../domain/error.ts";
import { EXIT } from "../domain/exit.ts";
import { layout } from "../domain/home.ts";
import { launch } from "../domain/launch.ts";
import type { Needs } from "../domain/needs.ts";
import { shown } from "../domain/render.ts";
import { SERVICES } from "../domain/services.ts";
import { sourceInput } from "./module/run.ts";

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly milliseconds: number;
}

/**
 * `sigil selftest`: whether this installation does on this machine what it is for, in a temporary home with services of its own,
 * of which nothing stays. Each step rests on those before it, so the first that fails is the last. `quiet` sees nothing of the
 * user's own settings; that it ran is noted in the user's home, as its row of the action table says.
 */
export function selftest(
  { noteHere }: Pick<Needs, "noteHere">,
  { host, withDoor, workshop, verifyStore, facts, readText, readSource, example, say, signal }: Needs,
): Command {
  return {
    path: "selftest",
    action: "selftest.run",
    group: "Run Sigil",
    summary: "try everything end to end in a temporary home with real services, and leave nothing behind",
    examples: ["selftest", "selftest --json"],
    answer: SELFTEST,
    async run(input) {
      const bench = workshop.open();
      host.atExit(() => bench.remove());
      const home = `${bench.folder}/home`;
      const settings: Settings = {
        ...{ json: input.settings.json, home, licence: undefined },
        set: SERVICES.map(({ section }) => `${section}.port=0`),
      };
      const steps: Step[] = [];
      let stop = async (): Promise<unknown> => undefined;
      const step = async (name: string, work: () => Promise<string>): Promise<void> => {
        if (steps.some(({ ok }) => !ok)) return;
        signal.throwIfAborted();
        say(name);
        const began = performance.now();
        const told = await work().then(
          (detail) => ({ ok: true, detail }),
          (error: unknown) => {
            const { code, message } = shown(error);
            return { ok: false, detail: `${code}: ${message}` };
          },
        );
        steps.push({ name, ...told, milliseconds: Math.round(performance.now() - began) });
      };
      const start = async (): Promise<string> => {
        const up = await launch(host, { home, set: settings.set, signal }, () => undefined);
        stop = up.stop;
        return `three services ready in ${up.milliseconds} ms`;
      };
      let note = "";
      let records: string[] = [];
      const begun = noteHere(input.settings, "selftest.run");
      try {
        await step("make a runtime and start it", start);
        await step("write a note and read it back", async () => {
          note = await withDoor(settings, "memory.write", async (door) => {
            const written = await door.call("sigilderg POST /v1/memory", {
              body: { kind: "episodic", text: "selftest", visibility: "private" },
            });
            return written.body.id;
          });
          return readBack();
        });
        await step("refuse what a level may not do", () =>
          withDoor({ ...settings, licence: "operator" }, "lockdown.enter", async (door) => {
            try {
              await door.call("sigilderg POST /v1/lockdown", { body: { reason: "selftest" } });
            } catch (error) {
              if (error instanceof WireError && error.problem?.code === "level-too-low")
                return error.problem.detail;
              throw error;
            }
            throw failed("an Operator was let into lockdown.enter");
          }),
        );
        await step("run a module in its sandbox", () =>
          withDoor(settings, "module.run", async (door) => {
            const { body } = await door.call("sigilderg POST /v1/modules/:id/runs", {
              params: { id: "rust-mentor" },
              body: { input: sourceInput(readSource(example)) },
            });
            if (body.status === "failed") throw failed(`the run failed: ${body.code ?? body.verdict}`);
            records = body.records.map(({ id }) => id);
            return `${body.status}, verdict ${body.verdict}, ${records.length} records`;
          }),
        );
        await step("prove the run offline", () =>
          withDoor(settings, "canon.export", async (door) => {
            const { body } = await door.call("sigilderg POST /v1/canon/export", { body: { ids: records } });
            const report = verifyBundle(JSON.stringify(body), parseTrustFile(readText(layout(home).trust)));
            if (report.verdict !== "verified") throw failed(`the bundle is ${report.verdict}`);
            return `${report.entries.length} records verify with trust.json alone`;
          }),
        );
        await step("stop and start again", async () => {
          await stop();
          await start();
          return readBack();
        });
        await step("verify the whole store", async () => {
          await stop();
          const report = await verifyStore(settings)({ keyless: false });
          if (!report.ok) throw failed(`${report.findings.length} findings`);
          return `${report.records} records, each as it was signed`;
        });
        await step("examine the home", async () => {
          const faults = examine(await facts(settings, LEAST_FREE)).filter(({ level }) => level === "fault");
          if (faults.length > 0) throw failed(faults.map(({ detail }) => detail).join("; "));
          return "no fault";
        });
        signal.throwIfAborted();
      } catch (error) {
        begun.end({ status: "failed" });
        throw error;
      } finally {
        await stop();
        bench.remove();
      }
      const ok = steps.every((each) => each.ok);
      begun.end(ok ? { status: "done" } : { status: "failed", code: "selftest-failed" });
      return {
        json: { ok, steps },
        text: (style) => [
          ...steps.map(
            (each) =>
              `${each.ok ? style.good("ok    ") : style.bad("failed")}  ${each.name}: ${each.detail} ${style.dim(`(${each.milliseconds} ms)`)}`,
          ),
          ok
            ? `${style.good("all is well")}: what was made for this is gone again`
            : `${style.bad("not well")}: the steps after it were not tried; what was made for this is gone again`,
        ],
        exit: ok ? EXIT.done : EXIT.refused,
      };

      function readBack(): Promise<string> {
        return withDoor(settings, "memory.read", async (door) => {
          const { body } = await door.call("sigilderg GET /v1/memory/:id", { params: { id: note } });
          if (body.text !== "selftest") throw failed(`the note says ${JSON.stringify(body.text)}`);
          return `note ${note} at leaf ${body.index}`;
        });
      }
    },
  };
}

function failed(why: string): CliError {
  return new CliError("selftest-failed", why, "This is a defect of Sigil: report it with what was printed.");
}
