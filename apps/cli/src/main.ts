import { join } from "node:path";
import { DEVELOPMENT_BYPASS } from "@sigil/service";
import { CommanderError } from "commander";
import { adapters, versionOf } from "./adapters.ts";
import { program } from "./app.ts";
import { terminal } from "./clients/terminal.ts";
import { allCommands } from "./commands/index.ts";
import type { Command, Input } from "./domain/command.ts";
import { CliError } from "./domain/error.ts";
import { EXIT } from "./domain/exit.ts";
import { shown } from "./domain/render.ts";

// Both apps/cli/src and apps/cli/dist lie two levels below the folder of the apps.
const apps = join(import.meta.dirname, "../..");
const command = join(apps, "cli/dist/sigil.js");

const interruption = new AbortController();
const lasts: (() => void)[] = [];
process.on("exit", () => {
  for (const last of lasts) last();
});
let ending = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    // The first asks, and everything is stopped in order; the second ends it here, and `exit` kills what is left.
    ending += 1;
    if (ending > 1) process.exit(EXIT.interrupted);
    interruption.abort(
      new CliError("interrupted", `stopped by ${signal}`, "Nothing that was acknowledged is lost."),
    );
  });

const json = process.argv.slice(2).includes("--json");
const screen = terminal(json);
if (globalThis.SIGIL_DEVELOPMENT_BUILD === true && process.env[DEVELOPMENT_BYPASS] !== undefined)
  screen.warn([
    `DEVELOPMENT BYPASS: what starts here lets everyone on this machine in as ${process.env[DEVELOPMENT_BYPASS]}, without a licence.`,
  ]);
const surroundings = {
  apps,
  command,
  signal: interruption.signal,
  atExit: (last: () => void) => lasts.push(last),
  console: screen,
};
const ownEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_")));
const needs = adapters({ ...surroundings, env: process.env });
const quiet = adapters({ ...surroundings, env: ownEnv });

async function execute(called: Command, input: Input): Promise<void> {
  await needs.admitHere(input.settings, called.action);
  const result = await screen.during(called.run(input));
  screen.emit(result);
  process.exitCode = result.exit ?? EXIT.done;
}

try {
  await program(allCommands(needs, quiet), versionOf(apps), execute).parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    // A noun alone, or no word at all, was answered with its help.
    if (error.code === "commander.help") return EXIT.usage;
    return screen.fail({
      code: "usage",
      message: oneLine(error.message.replace(/^error: /, "")),
      remedy: "`sigil help` lists the commands; `sigil help <command>` shows one.",
      exit: EXIT.usage,
    });
  }
  // Whatever failed once the interruption was there failed because of it: a child that got the signal too, a closed door.
  const { aborted, reason } = interruption.signal;
  if (!aborted || error === reason) return screen.fail(shown(error));
  const because = shown(error);
  const also = because.code === "bootstrap-failed" ? "; no runtime was made, and nothing of it is left" : "";
  return screen.fail({ ...shown(reason), message: `${shown(reason).message}${also}` });
}

function oneLine(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
}
