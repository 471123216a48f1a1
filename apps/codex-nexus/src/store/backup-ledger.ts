import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { BackupMade } from "@sigil/wire";
import type { BackupLedger } from "../domain/backup-ledger.ts";

const NEWEST = 32;

/** The ledger as a file of JSON lines, beside the anchor and so outside the data folder; only ever appended to. */
export class FileBackupLedger implements BackupLedger {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async list(): Promise<readonly BackupMade[]> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
    return text
      .split("\n")
      .slice(0, -1)
      .slice(-NEWEST)
      .flatMap((line) => entryOf(line) ?? []);
  }

  async add({ at, size, file }: BackupMade): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const handle = await open(this.#path, "a", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ at, size, file })}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** A line that was torn by a crash is no entry. */
function entryOf(line: string): BackupMade | undefined {
  try {
    const { at, size, file } = JSON.parse(line) as BackupMade;
    const sound = typeof at === "string" && Number.isSafeInteger(size) && typeof file === "string";
    return sound ? { at, size, file } : undefined;
  } catch {
    return undefined;
  }
}
