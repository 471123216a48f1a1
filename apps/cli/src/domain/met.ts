import type { ResponseOf } from "@sigil/wire";
import { CliError } from "./error.ts";
import type { Licence } from "./licence-choice.ts";

/** What a door says of itself to anybody. */
export type Met = Pick<ResponseOf<"sigilderg GET /.well-known/sigil-keys">, "runtimeId" | "policy">;

/** What answers at an address where a door is looked for, and is none. */
export function foreign(url: string, what: string): CliError {
  return new CliError(
    "runtime-foreign",
    `what answers at ${url} is not SigilDERG: ${what}`,
    "Say where it is (--set sigilderg.port=…, or SIGIL_URL), or stop the program that has its port. No licence was shown to it.",
  );
}

/**
 * Holds a door against the licence that is about to be shown to it: a licence is worth something at the runtime that it is
 * bound to, and nowhere else. @throws CliError `runtime-differs`
 */
export function requireOwn(url: string, { runtimeId }: Met, { name, claims }: Licence): void {
  const own = claims.bindings?.runtimeId;
  if (own === undefined || own === runtimeId) return;
  throw new CliError(
    "runtime-differs",
    `${url} is runtime ${runtimeId}; licence ${name} is bound to runtime ${own}, and was not shown`,
    "Name the home or the licence of that runtime (--home, --licence), or where your own is: --set sigilderg.port=….",
  );
}

/** A call that failed as it would between two versions. */
export function versionDiffers(url: string, theirs: string, own: string, why: Error): CliError {
  return new CliError(
    "runtime-version-differs",
    `${url} is version ${theirs}, this command is ${own}, and they do not understand each other here: ${why.message}`,
    "Use the command that came with the runtime, or stop it and start it with this one.",
    { cause: why },
  );
}
