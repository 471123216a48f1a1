import { CliError } from "./error.ts";

/** A module's input is text of at most this many bytes; more is refused before anything runs. */
export const MAX_SOURCE = 512 * 1024;

const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0c, 0x0d]);

/**
 * The text of a source file. Throws `file-empty`, `file-too-large`, `file-binary` for a NUL or another control
 * character that no source has, and `file-not-utf-8` with the offset of the first bad byte.
 */
export function sourceText(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0)
    throw new CliError("file-empty", `${name} is empty`, "Name a file with source text.");
  requireSize(name, bytes.length);
  const binary = bytes.findIndex((byte) => byte < 0x20 && !TEXT_CONTROLS.has(byte) && byte !== 0x1b);
  if (binary >= 0)
    throw new CliError(
      "file-binary",
      `${name} is not text: byte ${bytes[binary]} at offset ${binary}`,
      "Name a source file, not what was built from it.",
    );
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() === "")
      throw new CliError("file-empty", `${name} holds only white space`, "Name a file with source text.");
    return text;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      "file-not-utf-8",
      `${name} is not UTF-8: the byte at offset ${firstBad(bytes)} does not belong there`,
      "Save the file as UTF-8; Rust source is always UTF-8.",
    );
  }
}

export function requireSize(name: string, size: number): void {
  if (size > MAX_SOURCE)
    throw new CliError(
      "file-too-large",
      `${name} has ${size} bytes; the limit is ${MAX_SOURCE}`,
      "Review a smaller file, or a part of this one.",
    );
}

/** Offset of the first byte that is not UTF-8: the longest prefix that still decodes. */
function firstBad(bytes: Uint8Array): number {
  const decodes = (length: number): boolean => {
    try {
      // Streaming: a character that is cut off at the end is not an error yet.
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (decodes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
