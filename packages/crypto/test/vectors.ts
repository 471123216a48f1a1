import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = process.env.SIGIL_VECTORS ?? resolve(import.meta.dirname, "../../../../shared/vectors");

/** The folder of a public suite, or undefined with a line on the console that says what is not tested. */
export function vectorFolder(name: string): string | undefined {
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  console.warn(
    `SKIPPED: the ${name} vectors are not at ${folder}; set SIGIL_VECTORS to the folder that holds them`,
  );
  return undefined;
}

/** The groups of a Wycheproof file. */
export function wycheproof<G>(folder: string, file: string): G[] {
  return (JSON.parse(readFileSync(join(folder, file), "utf8")) as { testGroups: G[] }).testGroups;
}
