import type { Answers } from "./answer/answer.ts";
import { CliError } from "./error.ts";
import type { ExitCode } from "./exit.ts";
import type { Style } from "./style.ts";

/** What a command answers: one JSON value for scripts, lines for a person, and an exit code when it is not 0. */
export interface Result {
  readonly json: unknown;
  readonly text: (style: Style) => readonly string[];
  readonly exit?: ExitCode;
}

export interface Argument {
  /** `<id>` is required, `[file]` optional, a trailing `...` takes the rest. */
  readonly usage: string;
  readonly summary: string;
  readonly choices?: readonly string[];
}

export interface Option {
  /** As commander writes it: `--limit <n>`, `--origin`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** May be given more than once. */
  readonly repeat?: boolean;
}

export const GROUPS = [
  "Run Sigil",
  "Act",
  "Make modules",
  "Prove",
  "Govern",
  "Give access",
  "Administer",
] as const;
export type Group = (typeof GROUPS)[number];

/** One command: its words, its row in the action table, and what it does. */
export interface Command {
  /** The words after `sigil`, such as `memory write`. */
  readonly path: string;
  /** The row of the action table that this command is. A command without one does not parse. */
  readonly action: string;
  readonly group: Group;
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Calls as they are typed after `sigil`, each one that parses: for its help, its page and who learns it. */
  readonly examples: readonly [string, ...string[]];
  /** What it prints with --json. The reference is generated from it, and tests hold what is printed against it. */
  readonly answer: Answers;
  /** Prints several such values, each when it is there. */
  readonly several?: boolean;
  readonly run: (input: Input) => Promise<Result>;
}

/** The options that every command has, in the order of the help. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  { flags: "--json", summary: "answer one JSON value on standard output" },
  { flags: "--home <folder>", summary: "home of the runtime (default SIGIL_HOME, else your data folder)" },
  { flags: "--set <section.key=value>", summary: "a setting for this call; may be repeated", repeat: true },
  {
    flags: "--licence <name|file>",
    summary: "licence to act with (default: the least one that suffices)",
  },
  {
    flags: "--client-key <file>",
    summary: "key that the licence is bound to, a PEM or sealed file: every request is sealed with it",
  },
];

/** The values of those options. */
export interface Settings {
  readonly json: boolean;
  readonly home: string | undefined;
  readonly set: readonly string[];
  readonly licence: string | undefined;
  /** PEM or sealed file of the client key that the licence is bound to: requests are sealed with it. */
  readonly clientKey?: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** The words of one call, read by name. Missing and malformed values are `argument-invalid`. */
export class Input {
  readonly settings: Settings;
  readonly #arguments: Values;
  readonly #options: Values;

  constructor(settings: Settings, args: Values, options: Values) {
    this.settings = settings;
    this.#arguments = args;
    this.#options = options;
  }

  /** An argument that the usage requires. */
  argument(name: string): string {
    const value = this.#arguments[name];
    if (typeof value !== "string") throw invalid(`<${name}> is missing`);
    if (value === "") throw invalid(`<${name}> is empty`);
    return value;
  }

  argumentOr(name: string): string | undefined {
    const value = this.#arguments[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The words of a `<name...>` argument. */
  rest(name: string): string[] {
    const value = this.#arguments[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  option(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  repeated(name: string): string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** A whole number between `least` and `most`. */
  count(name: string, least: number, most: number): number | undefined {
    const text = this.option(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most)
      throw invalid(
        `--${name} is ${JSON.stringify(text)}; it must be a whole number from ${least} to ${most}`,
      );
    return value;
  }
}

/** A value that a command does not accept. */
export function invalid(message: string, remedy = "`sigil help <command>` shows what it takes."): CliError {
  return new CliError("argument-invalid", message, remedy);
}
