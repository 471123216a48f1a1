import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { ReadEntry } from "tar";
import { Parser } from "tar/parse";
import { PackageEntries, type PackageFiles } from "./files.ts";
import { PACKAGE_LIMITS } from "./limits.ts";
import { packageRefusal } from "./refusal.ts";

/** The folder that npm puts everything into. */
const ROOT = "package";
/** What headers and padding may add to the files. Bytes. */
const MAX_UNPACKED = PACKAGE_LIMITS.totalBytes + 1024 * 1024;
const MAX_META_BYTES = 4096;

/** Why an entry of this type is refused; a type without a row is a plain file or a folder, or none that packages know. */
const REFUSED_TYPES = {
  SymbolicLink: ["module-symbolic-link", "is a symbolic link"],
  Link: ["module-hard-link", "is a hard link"],
} as const;

/**
 * Reads an npm tarball (`.tgz`: gzip of a tar archive whose entries lie in `package/`), unpacking no more of it at any time
 * than the limits of a package allow, whatever its headers say.
 * @throws WireError by the step `read`
 */
export async function readPackageTarball(path: string): Promise<PackageFiles> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw packageRefusal("module-unreadable", `${path} cannot be read (${cause.code})`, cause);
  });
  if (!info.isFile()) throw packageRefusal("module-unreadable", `${path} is no file`);
  const { tarballBytes } = PACKAGE_LIMITS;
  if (info.size > tarballBytes) {
    throw packageRefusal(
      "module-tarball-too-large",
      `${path} has ${info.size} bytes, at most ${tarballBytes} are read`,
    );
  }
  const gunzip = createGunzip();
  const archive = new Archive();
  let packed = 0;
  await pipeline(
    createReadStream(path),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        packed += chunk.length;
        // The file may have grown since its size was asked for.
        if (packed > tarballBytes)
          throw packageRefusal("module-tarball-too-large", `${path} has more than ${tarballBytes} bytes`);
        yield chunk;
      }
    },
    gunzip,
    async (unpacked: AsyncIterable<Buffer>) => {
      for await (const chunk of unpacked) archive.write(chunk);
    },
  ).catch((error) => {
    throw gzipRefusal(error, path);
  });
  if (gunzip.bytesWritten !== packed) {
    throw packageRefusal("module-tarball-malformed", `${path} goes on behind the end of its archive`);
  }
  return archive.end(path);
}

/** What zlib's refusals are; everything else passes. */
function gzipRefusal(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (code === "Z_BUF_ERROR") {
    return packageRefusal("module-tarball-truncated", `${path} ends before its archive does`, error);
  }
  if (typeof code !== "string" || !code.startsWith("Z_")) return error;
  const { message } = error as Error;
  const what = message === "incorrect header check" ? "is not gzip" : `is no sound gzip: ${message}`;
  return packageRefusal("module-tarball-malformed", `${path} ${what}`, error);
}

/** The tar archive, as its bytes come. */
class Archive {
  readonly #entries = new PackageEntries();
  readonly #parser: Parser;
  #bytes = 0;
  #failure: unknown;
  #over = false;

  constructor() {
    this.#parser = new Parser({ strict: true, maxMetaEntrySize: MAX_META_BYTES });
    this.#parser.on("entry", (entry: ReadEntry) => this.#guarded(() => this.#read(entry)));
    this.#parser.on("eof", () => {
      this.#over = true;
    });
    this.#parser.on("ignoredEntry", ({ path, type }: ReadEntry) =>
      this.#guarded(() => {
        throw packageRefusal("module-special-file", `${path} is of the type ${type}, which no package holds`);
      }),
    );
    this.#parser.on("error", (error: Error) =>
      this.#guarded(() => {
        const truncated = error.message.includes("Truncated input");
        const code = truncated ? "module-tarball-truncated" : "module-tarball-malformed";
        throw packageRefusal(code, `the archive does not hold: ${error.message}`, error);
      }),
    );
  }

  write(chunk: Buffer): void {
    // The parser would unpack what it takes for a second layer of compression, beyond the count here.
    if (this.#bytes === 0 && (chunk[0] === 0x1f || chunk[0] === 0x28))
      throw packageRefusal("module-tarball-malformed", "the archive is compressed twice");
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_UNPACKED) {
      throw packageRefusal("module-too-large", `it unpacks to more than ${MAX_UNPACKED} bytes`);
    }
    // The parser keeps what follows the end of an archive, and copies it with every chunk.
    if (this.#over) return;
    this.#guarded(() => this.#parser.write(chunk));
    this.#requireSound();
  }

  /** @throws WireError module-tarball-truncated, module-tarball-malformed */
  end(path: string): PackageFiles {
    if (this.#bytes === 0) throw packageRefusal("module-tarball-malformed", `${path} is empty`);
    this.#guarded(() => this.#parser.end());
    this.#requireSound();
    return this.#entries.files;
  }

  #read(entry: ReadEntry): void {
    const { type, size } = entry;
    const path = inside(entry.path, type);
    if (Object.hasOwn(REFUSED_TYPES, type)) {
      const [code, what] = REFUSED_TYPES[type as keyof typeof REFUSED_TYPES];
      throw packageRefusal(code, `${path} ${what}`);
    }
    if (type === "Directory") {
      if (path !== "") this.#entries.folder(path);
      entry.resume();
      return;
    }
    if (type !== "File" && type !== "OldFile")
      throw packageRefusal("module-special-file", `${path} is of the type ${type}, which no package holds`);
    this.#entries.announce(path, size);
    const parts: Buffer[] = [];
    entry.on("data", (part: Buffer) => parts.push(part));
    entry.on("end", () => this.#entries.add(path, Buffer.concat(parts)));
  }

  // Listeners run inside the parser: the first refusal is kept and thrown where the caller waits.
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #requireSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** The path below `package/`; empty of that folder itself. @throws WireError module-path-refused */
function inside(path: string, type: string): string {
  const plain = type === "Directory" && path.endsWith("/") ? path.slice(0, -1) : path;
  if (plain === ROOT && type === "Directory") return "";
  if (plain.startsWith(`${ROOT}/`)) return plain.slice(ROOT.length + 1);
  throw packageRefusal(
    "module-path-refused",
    `${JSON.stringify(path.slice(0, 128))} does not lie in ${ROOT}/`,
  );
}
