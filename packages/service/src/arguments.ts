import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ServiceError } from "./error.ts";
import { resolveHome } from "./home.ts";

export interface ServiceArguments<C extends string> {
  readonly command: C;
  readonly home: string;
  /** Values of `--set`. */
  readonly set: readonly string[];
  /** Further `--name value` options and `--flag`s that the command allows; `strings` may be given more than once. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/**
 * The command line of a service: `<command> [--home H] [--set section.key=value]…` and the further options given
 * per command. Throws `arguments-invalid`.
 */
export function readArguments<C extends string>(
  argv: readonly string[],
  commands: Readonly<Record<C, Readonly<Record<string, "string" | "strings" | "boolean">>>>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ServiceArguments<C> {
  const [command, ...rest] = argv;
  const usage = `Commands: ${Object.keys(commands).join(", ")}; options: --home <folder>, --set section.key=value.`;
  if (command === undefined || !Object.hasOwn(commands, command)) {
    throw new ServiceError("arguments-invalid", `${JSON.stringify(command ?? "")} is not a command`, usage);
  }
  const own = commands[command as C];
  try {
    const { values } = parseArgs({
      args: rest,
      strict: true,
      allowPositionals: false,
      options: {
        home: { type: "string" },
        set: { type: "string", multiple: true },
        ...Object.fromEntries(
          Object.entries(own).map(([name, type]) => [
            name,
            type === "strings" ? { type: "string", multiple: true } : { type },
          ]),
        ),
      },
    });
    const { home, set, ...options } = values as Record<string, unknown>;
    return {
      command: command as C,
      home: typeof home === "string" ? resolve(home) : resolveHome(env),
      set: (set as string[] | undefined) ?? [],
      options: options as ServiceArguments<C>["options"],
    };
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    throw new ServiceError(
      "arguments-invalid",
      cause instanceof Error ? cause.message : "the arguments are malformed",
      usage,
      { cause },
    );
  }
}

/** Standard input as the lifeline of a service that was started with `--with-parent`, see `serve`. */
export function lifelineOf(options: ServiceArguments<string>["options"]): NodeJS.ReadStream | undefined {
  return options["with-parent"] === true ? process.stdin : undefined;
}
