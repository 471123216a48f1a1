import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { normalize } from "node:path";
import { CliError } from "../domain/error.ts";
import { requireSize, sourceText } from "../domain/source-text.ts";

/** A regular file's bytes. Throws `file-not-found`, `file-is-directory`, `file-not-regular`, `file-not-readable`. */
export function readRegular(path: string, check: (size: number) => void = () => undefined): Buffer {
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
    check(info.size);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unreadable(path, error);
  } finally {
    closeSync(file);
  }
}

const PASSPHRASE_BYTES = 1024;

/** The passphrase of a file that nobody else may read. Throws `file-exposed`, `file-too-large`, and as `readRegular`. */
export function readPassphrase(path: string): string {
  const text = readRegular(path, (size) => {
    if (size > PASSPHRASE_BYTES)
      throw new CliError(
        "file-too-large",
        `${path} has ${size} bytes; a passphrase has ${PASSPHRASE_BYTES} at most`,
        "Name a file with the passphrase alone.",
      );
  }).toString("utf8");
  const { mode } = statSync(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0)
    throw new CliError(
      "file-exposed",
      `${path} has mode 0${(mode & 0o777).toString(8)}: others may read the passphrase`,
      `chmod 600 ${path}, and choose another passphrase if others use this machine.`,
    );
  return text.replace(/\r?\n$/, "");
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
