import { open, rm } from "node:fs/promises";

/** Beyond the bytes of the records themselves: their indexes, and a little more, so that the next commit fits too. */
const BESIDE = 1024 * 1024;
const CHUNK = Buffer.alloc(256 * 1024);

/** The file that stands beside a database while it is tried whether there is room. */
export function trialOf(file: string): string {
  return `${file}-trial`;
}

/**
 * Writes a file beside `file`, with room for twice `bytes`, syncs and removes it. Throws what the file system throws. SQLite alone does
 * not tell: after a failed commit its log has room for a small one.
 */
export async function tryRoom(file: string, bytes: number): Promise<void> {
  const path = trialOf(file);
  const handle = await open(path, "w", 0o600);
  try {
    for (let left = BESIDE + 2 * bytes; left > 0; left -= CHUNK.length)
      await handle.writeFile(CHUNK.subarray(0, Math.min(left, CHUNK.length)));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(path, { force: true });
  }
}
