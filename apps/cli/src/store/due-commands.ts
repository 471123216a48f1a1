import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DECISIONS_DUE, type LocalCommand } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { CliError } from "../domain/error.ts";

/** A command that is noted as begun; `end` says what became of it. */
export interface BegunCommand {
  end(end: NonNullable<LocalCommand["end"]>): void;
}

/**
 * Notes, durably and before it begins, a command that SigilDERG has to record the decision of. Throws
 * `decision-not-noted`: then the command must not begin.
 */
export function beginCommand(
  home: string,
  { action, licence, now }: { action: LocalCommand["action"]; licence: string; now: Date },
): BegunCommand {
  const folder = join(home, DECISIONS_DUE);
  const command: LocalCommand = {
    ...{ v: 1, id: uuidv7(), action, licence },
    at: now.toISOString(),
    pid: process.pid,
  };
  const file = join(folder, `${command.id}.json`);
  const write = (value: LocalCommand) => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeDurably(`${file}.partial`, JSON.stringify(value));
      renameSync(`${file}.partial`, file);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CliError(
        "decision-not-noted",
        `${file} cannot be written (${code ?? String(error)})`,
        "Give this user the right to write into the home, and check the free space.",
      );
    }
  };
  write(command);
  return { end: (end) => write({ ...command, end }) };
}

function writeDurably(path: string, text: string): void {
  const handle = openSync(path, "w", 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
