// Every way into Sigil, as a table: who comes, by which door, for which action, and what they are told.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES, type RouteRow, routePath } from "@sigil/wire";
import { adapters } from "../../../apps/cli/src/adapters.ts";
import { program } from "../../../apps/cli/src/app.ts";
import { allCommands } from "../../../apps/cli/src/commands/index.ts";
import type { Command } from "../../../apps/cli/src/domain/command.ts";
import type { Runtime } from "../runtime.ts";

/** Nobody, or the file with a licence of one level. */
export interface Person {
  readonly name: string;
  readonly licence: string | null;
  readonly file: string | null;
}

/** One way to ask for one action. */
export interface Way {
  readonly action: string;
  /** Route or command, for whoever reads a failure. */
  readonly name: string;
  /** `yes` when the action was allowed, whatever became of it; else the status that the denial answers. */
  readonly ask: (person: Person) => Promise<string>;
}

/** A door: everything that can be asked through it. A new door is one more line in the table of the suite. */
export type Door = (runtime: Runtime, folder: string) => readonly Way[];

const DENIED: ReadonlySet<string> = new Set([
  "level-too-low",
  "out-of-scope",
  "trust-too-low",
  "action-denied",
]);

/** What an answer means for the action. Anything that was refused after the gate had let it in is a yes. */
export function meaning(status: number, code: string | undefined): string {
  if (code === "licence-refused" || code === "licence-none-fits") return "401";
  return code !== undefined && DENIED.has(code) ? String(status) : "yes";
}

const UUID = "01900000-0000-7000-8000-000000000000";
const PARAMS = { id: UUID, action: "memory.read", tile: "0/000", index: "0", call: "memory.list" };

/** Bodies are refused by their schema, after the gate: nothing that is allowed here happens. */
export const bearer: Door = (runtime) =>
  ROUTES.filter(({ service, auth }) => service === "sigilderg" && auth === "licence").map(
    (route: RouteRow): Way => ({
      action: route.action,
      name: `${route.method} ${route.path}`,
      async ask({ licence }) {
        const path = route.path.startsWith("/v1/modules/:id") ? "nothing" : UUID;
        const url = routePath(`${route.service} ${route.method} ${route.path}`, { ...PARAMS, id: path });
        const gone = new AbortController();
        const response = await fetch(`${runtime.url}${url}`, {
          method: route.method,
          headers: {
            ...(licence === null ? {} : { authorization: `Bearer ${licence}` }),
            ...(route.maxBytes > 0 ? { "content-type": "application/json" } : {}),
          },
          ...(route.maxBytes > 0 ? { body: '{"no such field":true}' } : {}),
          signal: gone.signal,
        });
        const isProblem = response.headers.get("content-type")?.includes("problem") === true;
        const code = isProblem ? ((await response.json()) as { code: string }).code : undefined;
        // A stream would go on.
        gone.abort();
        return meaning(response.status, code);
      },
    }),
  );

/** What a command is given where one value for every argument does not do. */
const WORDS: Readonly<Record<string, (folder: string) => readonly string[]>> = {
  "module run": () => ["nothing", "--input", "{}"],
  "canon export": (folder) => [UUID, "--out", join(folder, "bundle.json")],
  "license issue": (folder) => [
    ...["--principal", `p-${crypto.randomUUID().slice(0, 8)}`, "--loa", "Guest"],
    ...["--out", join(folder, `${crypto.randomUUID()}.jwt`)],
  ],
  "record erase": () => ["nobody-of-that-name", "--yes"],
  "log policy": (folder) => {
    const file = join(folder, "no-policy.txt");
    writeFileSync(file, "this is no policy\n");
    return [file];
  },
  "trust check": () => ["memory.read"],
  "license show": () => [],
  "store backup": (folder) => [join(folder, "no-such-folder/backup.db")],
  "store restore": (folder) => [join(folder, "no-such-backup.db")],
  "store migrate": (folder) => [join(folder, "no-such-store.jsonl")],
};

/** Commands that do not end by themselves are interrupted. */
const ENDLESS_MS: Readonly<Record<string, number>> = { "audit follow": 800 };

const wordsOf = ({ path, arguments: given = [] }: Command, folder: string): readonly string[] =>
  WORDS[path]?.(folder) ??
  given.filter(({ usage }) => usage.startsWith("<")).map(({ choices }) => choices?.[0] ?? UUID);

/** The command itself, in this process, over its own adapters and the real door. */
export const cli: Door = (runtime, folder) => {
  const apps = join(import.meta.dirname, "../../../apps");
  const silent = {
    emit: () => undefined,
    emitLine: () => undefined,
    tell: () => undefined,
    say: () => undefined,
    warn: () => undefined,
    stdin: async () => "",
  };
  const needs = (signal: AbortSignal) =>
    adapters({
      ...{ apps, signal, console: silent, atExit: () => undefined },
      command: join(apps, "cli/dist/sigil.js"),
      env: { PATH: process.env.PATH, SIGIL_HOME: runtime.home },
    });
  const idle = needs(new AbortController().signal);
  return allCommands(idle, idle).map((command) => ({
    action: command.action,
    name: `sigil ${command.path}`,
    async ask({ file }) {
      const signal = AbortSignal.timeout(ENDLESS_MS[command.path] ?? 60_000);
      const here = needs(signal);
      const all = allCommands(here, here);
      const parser = program(all, "0", async (called, input) => {
        await here.admitHere(input.settings, called.action);
        await called.run(input);
      });
      const words = [...command.path.split(" "), ...wordsOf(command, folder), ...runtime.flags];
      // Nobody is a home without licences.
      const who = file === null ? [] : ["--licence", file];
      try {
        await parser.parseAsync([...words, ...who], { from: "user" });
        return "yes";
      } catch (error) {
        const { code, problem } = error as { code?: string; problem?: { code: string; status: number } };
        if (code === "argument-invalid" || code?.startsWith("commander."))
          throw new Error(
            `sigil ${command.path} was not asked anything (${(error as Error).message}): give it WORDS`,
          );
        if (problem !== undefined) return meaning(problem.status, problem.code);
        return meaning(403, code);
      }
    },
  }));
};
