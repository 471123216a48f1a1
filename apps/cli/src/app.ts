import { actionRow } from "@sigil/policy";
import { CommanderError, Option as Flag, Command as Program, Argument as Word } from "commander";
import { type Command, GLOBAL_OPTIONS, GROUPS, Input, type Option, type Settings } from "./domain/command.ts";
import { CliError } from "./domain/error.ts";
import { EXIT_MEANING } from "./domain/exit.ts";

/** Throws `command-unmapped` for a command whose action has no row in the action table: it does not parse. */
export function requireMapped(command: Pick<Command, "path" | "action">): void {
  try {
    const { least } = actionRow(command.action);
    if (least !== "service") return;
  } catch {
    // Refused below like an action that only services may take.
  }
  throw new CliError(
    "command-unmapped",
    `sigil ${command.path} maps to ${JSON.stringify(command.action)}, which no caller can take`,
    "Map it to an action of the table in packages/policy.",
  );
}

function collect(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? before : []), value];
}

function flagOf({ flags, summary, choices, repeat }: Option): Flag {
  const flag = new Flag(flags, summary);
  if (choices !== undefined) flag.choices(choices);
  return repeat === true ? flag.argParser(collect) : flag;
}

/** One key id in 64 begins with a hyphen, as an option does: RFC 7638 thumbprints are 43 characters of base64url. */
const KEY_ID = /^-[A-Za-z0-9_-]{42}$/;

/** Stands before such a key id while the words are parsed; no word of a process can hold it. */
const GUARD = "\0";

/** The parser's root: a word that has the form of a key id is a value in every place, never an option. */
class Root extends Program {
  override async parseAsync(...[words = process.argv, source]: Parameters<Program["parseAsync"]>) {
    try {
      return await super.parseAsync(
        words.map((word) => (KEY_ID.test(word) ? `${GUARD}${word}` : word)),
        source,
      );
    } catch (error) {
      if (error instanceof CommanderError) error.message = error.message.replaceAll(GUARD, "");
      throw error;
    }
  }
}

/** Values as they were given. */
function unguarded<T>(value: T): T {
  const plain = (one: unknown) => (typeof one === "string" && one.startsWith(GUARD) ? one.slice(1) : one);
  return (Array.isArray(value) ? value.map(plain) : plain(value)) as T;
}

/** The parser. `execute` receives the command that was called with its words; nothing runs before everything parsed. */
export function program(
  all: readonly Command[],
  version: string,
  execute: (command: Command, input: Input) => Promise<void>,
): Program {
  for (const command of all) requireMapped(command);
  const root: Program = new Root("sigil")
    .description("Sigil: a secure local runtime for LLM agents.")
    .version(version, "--version", "print the version")
    .helpCommand(false)
    .helpOption("--help", "show this help")
    .showSuggestionAfterError()
    .exitOverride()
    // Errors are printed once, by main, in the form that every error of Sigil has.
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ showGlobalOptions: false })
    .addHelpText("after", () => `\n${overview(all, root)}`);
  for (const option of GLOBAL_OPTIONS) root.addOption(flagOf(option));
  root
    .command("help", { hidden: true })
    .argument("[words...]")
    .helpCommand(false)
    .action((words: string[]) => helpOf(root, words).outputHelp());
  const parents = new Map<string, Program>();
  for (const command of all) add(root, parents, command, execute);
  return root;
}

/** The deepest command that the words name; an unknown word is `usage`. */
function helpOf(root: Program, words: readonly string[]): Program {
  return words.reduce((program, word) => {
    const next = program.commands.find((each) => each.name() === word);
    return (
      next ??
      root.error(`there is no command '${words.join(" ")}'`, {
        code: "commander.unknownCommand",
        exitCode: 2,
      })
    );
  }, root);
}

function add(
  root: Program,
  parents: Map<string, Program>,
  command: Command,
  execute: (command: Command, input: Input) => Promise<void>,
): void {
  const words = command.path.split(" ");
  const leaf = words.at(-1) ?? "";
  let parent = root;
  const [noun] = words;
  if (words.length > 1 && noun !== undefined) {
    const known = parents.get(noun);
    parent =
      known ??
      root
        .command(noun, { hidden: true })
        .helpCommand(false)
        .exitOverride()
        .helpOption("--help", "show this help")
        .description(`${noun} commands`);
    parents.set(noun, parent);
  }
  const program = parent
    .command(leaf, { hidden: words.length === 1 })
    .description(command.summary)
    .helpOption("--help", "show this help")
    .allowExcessArguments(false)
    .exitOverride();
  for (const { usage, summary, choices } of command.arguments ?? []) {
    const word = new Word(usage, summary);
    program.addArgument(choices === undefined ? word : word.choices(choices));
  }
  for (const option of [...(command.options ?? []), ...GLOBAL_OPTIONS]) program.addOption(flagOf(option));
  program.addHelpText(
    "after",
    [
      "",
      "Examples:",
      ...command.examples.map((example) => `  sigil ${example}`),
      "",
      `Action: ${command.action} (least level: ${actionRow(command.action).least})`,
    ].join("\n"),
  );
  program.action(async () => {
    const given = program.processedArgs;
    const names = program.registeredArguments.map((argument) => argument.name());
    const args = Object.fromEntries(names.map((name, i) => [name, unguarded(given[i])]));
    const options = Object.entries(program.opts()).map(([name, value]) => [name, unguarded(value)]);
    await execute(command, new Input(settings(root, program), args, Object.fromEntries(options)));
  });
}

/** Global options count before and after the command; --set of both places are taken. */
function settings(root: Program, program: Program): Settings {
  const before = root.opts();
  const after = program.opts();
  return {
    json: before.json === true || after.json === true,
    home: after.home ?? before.home,
    set: [...(before.set ?? []), ...(after.set ?? [])],
    licence: after.licence ?? before.licence,
    clientKey: after.clientKey ?? before.clientKey,
  };
}

/** The commands by what one wants to do, and the exit codes; on a terminal as wide as it is, elsewhere a line each. */
function overview(all: readonly Command[], root: Program): string {
  const help = root.createHelp();
  help.prepareContext({
    helpWidth: process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
  });
  const width = Math.max(...all.map(({ path }) => path.length));
  const groups = GROUPS.map((group) =>
    [
      `${group}:`,
      ...all
        .filter((command) => command.group === group)
        .map(({ path, summary }) => help.formatItem(path, width, summary, help)),
    ].join("\n"),
  );
  const exits = [
    "Exit codes:",
    ...EXIT_MEANING.map(([code, meaning]) => `  ${String(code).padEnd(4)}${meaning}`),
  ].join("\n");
  return `${groups.join("\n\n")}\n\n${exits}`;
}
