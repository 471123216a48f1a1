import { existsSync, readdirSync, readFileSync } from "node:fs";
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

/** Every JSON file below a folder, parsed, with its path. */
export function jsonFiles<T>(folder: string): { path: string; value: T }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .map((path) => ({ path, value: JSON.parse(readFileSync(join(folder, path), "utf8")) as T }));
}
