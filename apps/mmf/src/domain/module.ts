import { fromUtf8, sha256, toHex } from "@sigil/crypto";
import { MmfError } from "./error.ts";
import { MAX_CODE_BYTES, type RunLimits } from "./limits.ts";
import { type Manifest, readManifest } from "./manifest.ts";

export const MANIFEST_FILE = "sigil.module.json";
/** The publisher's signature beside the manifest; it is not among `files` because it signs them. */
export const SIGNATURE_FILE = "sigil.sig.json";

/** A package as bytes: what was read, by path. Nothing is read again after it was verified. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

/** A module whose code is the code that its manifest names. */
export interface Module {
  manifest: Manifest;
  code: string;
}

/**
 * Verifies a package from the bytes that are then evaluated: every listed file is there with its hash, and no other file is.
 * @throws MmfError manifest-malformed, module-file-missing, module-file-unlisted, module-file-altered, module-too-large, …
 */
export function verifyModule(files: PackageFiles): Module {
  const bytes = files.get(MANIFEST_FILE);
  if (bytes === undefined) throw new MmfError("module-file-missing", `the package has no ${MANIFEST_FILE}`);
  const manifest = readManifest(bytes);
  for (const path of files.keys()) {
    if (path !== MANIFEST_FILE && path !== SIGNATURE_FILE && !manifest.files.has(path)) {
      throw new MmfError(
        "module-file-unlisted",
        `${manifest.id}: "${path}" is not in the manifest; remove it`,
      );
    }
  }
  for (const [path, expected] of manifest.files) {
    const content = files.get(path);
    if (content === undefined)
      throw new MmfError("module-file-missing", `${manifest.id}: "${path}" is missing`);
    const actual = `sha256:${toHex(sha256(content))}`;
    if (actual !== expected) {
      throw new MmfError(
        "module-file-altered",
        `${manifest.id}: "${path}" has ${actual}, the manifest says ${expected}; build or install it again`,
      );
    }
  }
  const code = files.get(manifest.entry) ?? new Uint8Array();
  if (code.byteLength > MAX_CODE_BYTES) {
    throw new MmfError(
      "module-too-large",
      `${manifest.id}: "${manifest.entry}" has ${code.byteLength} bytes, at most ${MAX_CODE_BYTES} are loaded`,
    );
  }
  return { manifest, code: fromUtf8(code) };
}

/** A runner keeps as many images; more would push each other out. */
const MAX_WARM = 8;

/** The installed modules, by id. */
export class Catalog {
  readonly #modules = new Map<string, Module>();

  /** @throws MmfError module-duplicate */
  constructor(modules: readonly Module[]) {
    for (const module of modules) {
      const { id } = module.manifest;
      if (this.#modules.has(id)) {
        throw new MmfError("module-duplicate", `two packages have the id "${id}"; remove one`);
      }
      this.#modules.set(id, module);
    }
  }

  list(): Manifest[] {
    return [...this.#modules.values()].map(({ manifest }) => manifest);
  }

  /** The modules of the publisher that has most of them here: what a runner loads before anybody asks. At most 8. */
  largestPublisher(): { publisher: string; modules: { digest: string; code: string; limits: RunLimits }[] } {
    const by = Map.groupBy(this.#modules.values(), ({ manifest }) => manifest.publisher);
    const [largest] = [...by].toSorted(([, a], [, b]) => b.length - a.length);
    const [publisher, modules] = largest ?? ["", []];
    return {
      publisher,
      modules: modules.slice(0, MAX_WARM).map(({ manifest, code }) => ({
        digest: manifest.digest,
        code,
        limits: manifest.limits,
      })),
    };
  }

  /** The module, only under exactly this digest. @throws MmfError module-unknown, module-digest-mismatch */
  take(id: string, digest: string): Module {
    const module = this.#modules.get(id);
    if (module === undefined) throw new MmfError("module-unknown", `no module "${id}" is installed`);
    if (module.manifest.digest !== digest) {
      throw new MmfError(
        "module-digest-mismatch",
        `${id} is installed as ${module.manifest.digest}, ${digest} was admitted`,
      );
    }
    return module;
  }
}
