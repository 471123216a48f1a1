import { GuestThrew } from "./engine.ts";
import type { Meter } from "./meter.ts";
import type { RunnerCode } from "./protocol.ts";

/** A guest's own words in an error, cut here. UTF-16 units. */
const MAX_MESSAGE = 2_000;

/** Why a load or run ended, in words of the runner. */
export class RunEnded extends Error {
  readonly code: RunnerCode;
  constructor(code: RunnerCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Where the error came. */
interface Phase {
  meter: Meter | undefined;
  /** What an error means that is no limit: a bad module while it loads, a failed run after. */
  broken: RunnerCode;
  memoryBytes: number;
}

/** What an error of a load or run means: a limit before anything the guest says. The sentence for a limit is the host's. */
export function reasonOf(error: unknown, at: Phase): { code: RunnerCode; message: string } {
  const { code, message } = classify(error, at);
  return { code, message: message.slice(0, MAX_MESSAGE) };
}

function classify(
  error: unknown,
  { meter, broken, memoryBytes }: Phase,
): { code: RunnerCode; message: string } {
  if (meter?.stop !== undefined) return limit(meter.stop);
  if (error instanceof RunEnded) return { code: error.code, message: error.message };
  if (error instanceof GuestThrew) {
    const { name, message, stack, code } = JSON.parse(error.report) as Record<string, string>;
    const words = `${name}: ${message}`;
    // A guest can throw these words itself. Its run fails either way, and the host's meters do not read them.
    // Without memory for the error object, the engine throws null.
    const bare = words === "object: null" && memoryBytes > (meter?.limits.memoryBytes ?? 0);
    if (bare || words.startsWith("InternalError: out of memory")) {
      return limit("memory-limit");
    }
    if (words.startsWith("RangeError: Maximum call stack size exceeded")) {
      return limit("stack-limit");
    }
    const where = stack ? `\n${stack.slice(0, MAX_MESSAGE / 2)}` : "";
    return {
      code: broken,
      message: `${words.slice(0, MAX_MESSAGE / 2)}${code ? ` (${code})` : ""}${where}`,
    };
  }
  // Natives of the engine that recurse (JSON, regular expressions) use V8's stack, which ends before the guest's own.
  if (error instanceof RangeError) return limit("stack-limit");
  const words = error instanceof Error ? error.message : String(error);
  if (/out of memory|malloc failed/.test(words)) {
    return limit("memory-limit");
  }
  return { code: broken, message: words };
}

function limit(code: RunnerCode): { code: RunnerCode; message: string } {
  return { code, message: code };
}
