import { ServiceError } from "./error.ts";

/** Oldest Node major that the native parts run on; older ones crash without a word. */
export const NODE_MINIMUM = 22;

/** sysexits: the configuration or the environment keeps the process from starting. */
export const EXIT_CONFIG = 78;
/** sysexits: a bug. */
export const EXIT_SOFTWARE = 70;

/** Throws `node-too-old`. Call it before the import of anything native. */
export function requireNode(version: string = process.versions.node): void {
  if (Number(version.split(".")[0]) < NODE_MINIMUM) {
    throw new ServiceError(
      "node-too-old",
      `Node ${version} runs this process, at least ${NODE_MINIMUM} is needed`,
      "Start with `npm start`, which brings its own Node, or install a current one.",
    );
  }
}

/** One JSON line that says why the process ends: level 60, code, msg, remedy. */
export function fatalLine(error: unknown): string {
  const text = (name: string): string | undefined => {
    const value =
      typeof error === "object" && error !== null ? (error as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" ? value : undefined;
  };
  return `${JSON.stringify({
    level: 60,
    time: new Date().toISOString(),
    code: text("code") ?? "internal",
    msg: error instanceof Error ? error.message : String(error),
    remedy: text("remedy") ?? "This is a bug: report it with the stack.",
    ...(text("remedy") === undefined && error instanceof Error ? { stack: error.stack } : {}),
  })}\n`;
}

/**
 * The body of a service's main: checks Node, runs `start`, and turns whatever keeps it from starting into one
 * JSON line on stderr and exit 78. A failure that nobody caught later ends the process with 70: a service never
 * goes on in a state that it does not know.
 */
export async function runMain(start: () => Promise<unknown> | unknown): Promise<void> {
  const end = (exit: number) => (error: unknown) => {
    process.stderr.write(fatalLine(error), () => process.exit(exit));
  };
  process.on("uncaughtException", end(EXIT_SOFTWARE));
  process.on("unhandledRejection", end(EXIT_SOFTWARE));
  try {
    requireNode();
    await start();
  } catch (error) {
    end(EXIT_CONFIG)(error);
  }
}
