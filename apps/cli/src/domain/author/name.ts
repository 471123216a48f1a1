import { CliError } from "../error.ts";

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Names that a file system, npm or Windows gives a meaning of its own. */
const TAKEN = /^(?:node_modules|favicon\.ico|(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?)$/;

/** A name that can be the id of a module, a folder on every platform and an npm package. @throws CliError `argument-invalid` */
export function requireModuleName(name: string): string {
  const bad = !NAME.test(name)
    ? "it must be [a-z0-9][a-z0-9._-]{0,63}"
    : TAKEN.test(name)
      ? "that name means something else to npm or to Windows"
      : name.endsWith(".")
        ? "a folder on Windows ends in no dot"
        : undefined;
  if (bad === undefined) return name;
  throw new CliError(
    "argument-invalid",
    `the name of a module is ${JSON.stringify(name.slice(0, 80))}; ${bad}`,
    "Small letters, digits, dots, underscores and hyphens; for example release-notes.",
  );
}
