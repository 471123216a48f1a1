import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { AnchorFile } from "../domain/anchor.ts";
import { StoreError } from "../domain/error.ts";

const MAX_BYTES = 16_384;

/** The anchor as one file, replaced atomically: written beside, synced, renamed, and the folder synced. */
export class FileAnchor implements AnchorFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string | undefined> {
    try {
      const text = await readFile(this.#path, "utf8");
      if (text.length > MAX_BYTES)
        throw new StoreError("anchor-invalid", `the anchor at ${this.#path} is not a checkpoint`);
      return text;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      if (error instanceof StoreError) throw error;
      throw new StoreError(
        "anchor-unreadable",
        `the anchor at ${this.#path} cannot be read (${errno(error)})`,
        {
          cause: error,
          remedy:
            "Check codex_nexus.anchor_path, its permissions and its disk; without it no rollback is noticed.",
        },
      );
    }
  }

  async write(note: string): Promise<void> {
    try {
      await this.#replace(note);
    } catch (error) {
      throw new StoreError(
        "anchor-unwritable",
        `the anchor at ${this.#path} cannot be written (${errno(error)})`,
        {
          cause: error,
          remedy: "Check codex_nexus.anchor_path, its permissions and the space on its disk.",
        },
      );
    }
  }

  async #replace(note: string): Promise<void> {
    const folder = dirname(this.#path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const beside = `${this.#path}.next`;
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(note);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#path);
    await syncFolder(folder);
  }
}

/** What the operating system calls the failure. */
function errno(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot sync a folder, and does not need it for a rename.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
