import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { normalize } from "node:path";
import { CliError } from "../domain/error.ts";
import type { FileLine } from "../domain/needs.ts";
import { requireSize, sourceText } from "../domain/source-text.ts";

/** A regular file's bytes. Throws `file-not-found`, `file-is-directory`, `file-not-regular`, `file-not-readable`. */
export function readRegular(
  path: string,
  check: (size: number, mode: number) => void = () => undefined,
): Buffer {
  let file: number;
  try {
    // Non-blocking, so that a named pipe cannot hold the command; what it is decides the handle, not the name.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const info = fstatSync(file);
    if (info.isDirectory())
      throw new CliError("file-is-directory", `${path} is a folder`, "Name a file inside it.");
    if (!info.isFile())
      throw new CliError("file-not-regular", `${path} is a device, pipe or socket`, "Name a regular file.");
    check(info.size, info.mode);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unreadable(path, error);
  } finally {
    closeSync(file);
  }
}

/** A short file that nobody else may read (POSIX). Throws `passphrase-refused`, and what `readRegular` throws. */
export function readPrivate(path: string): string {
  const bytes = readRegular(path, (size, mode) => {
    const others = process.platform === "win32" ? 0 : mode & 0o077;
    if (others === 0 && size <= 4096) return;
    throw new CliError(
      "passphrase-refused",
      others === 0 ? `${path} has ${size} bytes; the limit is 4096` : `others may read ${path}`,
      others === 0 ? "Name a file whose first line is the passphrase." : `chmod 600 ${path}`,
    );
  });
  return bytes.toString("utf8");
}

function unreadable(path: string, error: unknown): CliError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR")
    return new CliError(
      "file-not-found",
      `there is no file ${path}`,
      "Check the path; it is taken from the folder where the command runs.",
    );
  if (code === "EISDIR")
    return new CliError("file-is-directory", `${path} is a folder`, "Name a file inside it.");
  return new CliError(
    "file-not-readable",
    `${path} cannot be read (${code ?? String(error)})`,
    "Give this user the right to read it.",
  );
}

/** A source file as text, refused by name before anything runs. */
export function readSource(path: string): { readonly path: string; readonly text: string } {
  const bytes = readRegular(path, (size) => requireSize(path, size));
  return { path: normalize(path), text: sourceText(path, bytes) };
}

/** Writes a new file. Throws `file-exists` unless `replace`, `file-not-writable`. */
export function writeNew(path: string, text: string, replace: boolean): void {
  try {
    writeFileSync(path, text, { flag: replace ? "w" : "wx", mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new CliError("file-exists", `${path} exists`, "Choose another name, or add --force.");
    throw new CliError(
      "file-not-writable",
      `${path} cannot be written (${code})`,
      "Choose a path that this user may write.",
    );
  }
}

/** The same with parts that come over time, under another name until all of them are there. */
export async function writeParts(
  path: string,
  parts: AsyncIterable<Uint8Array>,
  replace: boolean,
): Promise<void> {
  // The name is taken before anything is asked for, so that nothing is asked for in vain.
  if (!replace) writeNew(path, "", false);
  const partial = `${path}.partial`;
  try {
    writeNew(partial, "", true);
    const file = openSync(partial, "a");
    try {
      for await (const part of parts) writeSync(file, part);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    if (!replace) rmSync(path, { force: true });
    throw error;
  }
}

const MAX_LINE = 1024 * 1024;
const START = 64;
const NEWLINE = 0x0a;

/** The lines of a file, one at a time. What is not UTF-8 or longer than 1 MiB is told by its code. */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  const line = (bytes: Buffer): FileLine => {
    number += 1;
    if (bytes.length > MAX_LINE)
      return {
        number,
        code: "line-too-long",
        detail: `${bytes.length} bytes; the limit is ${MAX_LINE}`,
        start: bytes.subarray(0, START).toString("latin1"),
      };
    try {
      return { number, text: decoder.decode(bytes) };
    } catch {
      return { number, code: "line-not-utf-8", detail: "it is no UTF-8" };
    }
  };
  let rest: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        yield line(Buffer.concat([...rest, chunk.subarray(from, at)]));
        rest = [];
        from = at + 1;
      }
      // Of a line that is too long already no more is held than says so.
      const held = rest.reduce((sum, { length }) => sum + length, 0);
      if (held <= MAX_LINE) rest.push(chunk.subarray(from));
    }
  } catch (error) {
    throw error instanceof CliError ? error : unreadable(path, error);
  }
  const last = Buffer.concat(rest);
  if (last.length > 0) yield line(last);
}
