import { PACKAGE_LIMITS } from "./limits.ts";
import { packageRefusal } from "./refusal.ts";

export const MANIFEST_FILE = "sigil.module.json";
/** The publisher's signature beside the manifest; it is not among `files` because it signs them. */
export const SIGNATURE_FILE = "sigil.sig.json";

/** A package as bytes: what was read, by path. Nothing is read again after it was verified. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

/** One step of a path: no dot at its start or end, nothing that a platform gives a meaning to. */
const STEP = /^[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** Why a slash-separated path could name something outside the package, or something else, on some platform. */
export function pathRefusal(path: string): string | undefined {
  if (path.length > 128) return "has more than 128 characters";
  for (const step of path.split("/")) {
    if (!STEP.test(step)) return "is not a relative path of plain names without dot segments";
    if (DEVICE.test(step)) return `names the device ${step} on Windows`;
  }
  return undefined;
}

/**
 * Collects the entries of a package as they are read, and refuses what no package holds before any of its bytes are kept:
 * paths that leave it, two entries of one path, or of paths that some file systems take for one, more than the limits.
 */
export class PackageEntries {
  readonly #files = new Map<string, Uint8Array>();
  /** Every path and every folder above one, by what a file system without case makes of it. */
  readonly #seen = new Map<string, { path: string; folder: boolean }>();
  #entries = 0;
  #bytes = 0;

  get files(): PackageFiles {
    return this.#files;
  }

  /** Says that there is a folder. @throws WireError module-path-…, module-too-many-files */
  folder(path: string): void {
    this.#count(path);
    this.#place(path, true);
  }

  /**
   * Says that there is a file of so many bytes, before they are read.
   * @throws WireError module-path-…, module-too-many-files, module-too-large
   */
  announce(path: string, size: number): void {
    this.#count(path);
    this.#place(path, false);
    const { fileBytes, totalBytes } = PACKAGE_LIMITS;
    if (size > fileBytes) {
      throw packageRefusal("module-too-large", `${path} has ${size} bytes, at most ${fileBytes} are read`);
    }
    this.#bytes += size;
    if (this.#bytes > totalBytes) {
      throw packageRefusal(
        "module-too-large",
        `its files have more than the ${totalBytes} bytes that are read of a package`,
      );
    }
  }

  /** Keeps the content of an announced file. */
  add(path: string, content: Uint8Array): void {
    this.#files.set(path, content);
  }

  #count(path: string): void {
    if (++this.#entries > PACKAGE_LIMITS.entries) {
      throw packageRefusal("module-too-many-files", `${path} is one more than the ${PACKAGE_LIMITS.entries}`);
    }
  }

  #place(path: string, folder: boolean): void {
    const why = pathRefusal(path);
    if (why !== undefined) throw packageRefusal("module-path-refused", `${JSON.stringify(path)} ${why}`);
    const steps = path.split("/");
    for (let length = 1; length < steps.length; length++)
      this.#claim(steps.slice(0, length).join("/"), true, true);
    this.#claim(path, folder, false);
  }

  #claim(path: string, folder: boolean, implied: boolean): void {
    const key = path.toLowerCase();
    const seen = this.#seen.get(key);
    this.#seen.set(key, seen ?? { path, folder });
    if (seen === undefined || (seen.path === path && seen.folder && folder)) return;
    if (seen.path === path) {
      const as = implied ? "a file and a folder" : "two entries";
      throw packageRefusal("module-path-duplicate", `${path} stands there as ${as}`);
    }
    throw packageRefusal("module-path-case", `${path} and ${seen.path} differ in case alone`);
  }
}
