import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DECISIONS_DUE, type LocalCommand, localCommand } from "@sigil/wire";
import type { DueCommand, DueCommands } from "./domain/due-commands.ts";

/** No command around the store takes this long: after it, whatever has the id of its process is something else. */
const LONGEST_MS = 86_400_000;

/** Due commands as the CLI leaves them in a folder of the home, one JSON file each. */
export class FileDueCommands implements DueCommands {
  readonly #folder: string;
  readonly #now: () => number;

  constructor(home: string, now: () => number) {
    this.#folder = join(home, DECISIONS_DUE);
    this.#now = now;
  }

  list(): DueCommand[] {
    return this.#names(".json").map((name) => {
      const command = this.#read(name);
      if (command === undefined) return { name, running: false };
      const young = this.#now() - Date.parse(command.at) < LONGEST_MS;
      return { name, command, running: command.end === undefined && young && runs(command.pid) };
    });
  }

  recorded(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
  }

  refused(name: string): void {
    renameSync(join(this.#folder, name), join(this.#folder, `${name}.refused`));
  }

  get kept(): number {
    return this.#names(".refused").length;
  }

  #names(ending: string): string[] {
    try {
      // Ids begin with their time.
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith(ending))
        .sort();
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  }

  #read(name: string): LocalCommand | undefined {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(join(this.#folder, name), "utf8"));
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
    const parsed = localCommand.safeParse(value);
    return parsed.success && `${parsed.data.id}.json` === name ? parsed.data : undefined;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
