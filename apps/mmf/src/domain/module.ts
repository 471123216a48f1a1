import type { Json } from "@sigil/canon";
import { fromUtf8 } from "@sigil/crypto";
import type { ModulePackage, RunLimits } from "@sigil/wire/module-package";
import { MmfError } from "./error.ts";

/** A module whose code is the code that its manifest names. */
export type Module = Pick<ModulePackage, "manifest" | "code" | "publisher" | "files">;

/** The source map that the package holds beside its entry, as text; undefined where it has none. */
export function sourceMap({ manifest, files }: Pick<Module, "manifest" | "files">): string | undefined {
  const bytes = files.get(`${manifest.entry}.map`);
  return bytes && fromUtf8(bytes);
}

/** A module as it was read: its signed manifest, and the signature, as its files have them. */
export interface HeldModule extends Module {
  readonly signed: { readonly manifest: { [key: string]: Json }; readonly signature: Json | null };
}

/** A package folder that was not loaded. */
export interface RefusedFolder {
  readonly folder: string;
  readonly code: string;
  readonly detail: string;
}

/** Where a run takes its module from. */
export interface ModuleSource {
  /** The module, only under exactly this digest. @throws MmfError module-unknown, module-digest-mismatch */
  take(id: string, digest: string): Promise<Module>;
}

/** Where packages are installed while the service runs. */
export interface Shelf {
  /** What lies there now; a folder whose name was read before is not read again. Never rejects for one bad folder. */
  read(known: ReadonlyMap<string, HeldModule>): Promise<{
    readonly modules: ReadonlyMap<string, HeldModule>;
    readonly refused: readonly RefusedFolder[];
  }>;
}

/** Whose runs may share a runner: the publisher's thumbprint; unsigned code shares one with unsigned code alone. */
export function publisherOf({ publisher }: Pick<Module, "publisher">): string {
  return publisher?.kid ?? "unsigned";
}

/** A runner keeps as many images; more would push each other out. */
const MAX_WARM = 8;
/** Packages that are held at a time. */
const MAX_HELD = 256;

/**
 * The modules that are here, by their digests: several versions of one module among them, of which the control plane says
 * which runs. What is held was verified when it was read, and is never read again.
 */
export class Catalog implements ModuleSource {
  readonly #builtIn: readonly HeldModule[];
  readonly #shelf: Shelf;
  #installed: ReadonlyMap<string, HeldModule> = new Map();
  #byDigest: ReadonlyMap<string, HeldModule>;
  #refused: readonly RefusedFolder[] = [];

  /** @throws MmfError module-duplicate */
  constructor(builtIn: readonly HeldModule[], shelf: Shelf) {
    const ids = new Set<string>();
    for (const { manifest } of builtIn) {
      if (ids.has(manifest.id)) {
        throw new MmfError("module-duplicate", `two packages have the id "${manifest.id}"; remove one`);
      }
      ids.add(manifest.id);
    }
    this.#builtIn = builtIn;
    this.#shelf = shelf;
    this.#byDigest = byDigest(builtIn);
  }

  /** Everything that is here now, newly installed packages among it. */
  async refresh(): Promise<void> {
    const { modules, refused } = await this.#shelf.read(this.#installed);
    this.#installed = modules;
    this.#refused = refused;
    this.#byDigest = byDigest([...this.#builtIn, ...modules.values()]);
  }

  get list(): readonly HeldModule[] {
    return [...this.#byDigest.values()];
  }

  get refused(): readonly RefusedFolder[] {
    return this.#refused;
  }

  /**
   * The modules of the publisher that has most of them here: what a runner loads before anybody asks. At most 8.
   * `alone` = there are modules of no other.
   */
  largestPublisher(): {
    publisher: string;
    modules: { digest: string; code: string; limits: RunLimits }[];
    alone: boolean;
  } {
    const by = Map.groupBy(this.list, publisherOf);
    const [largest] = [...by].toSorted(([, a], [, b]) => b.length - a.length);
    const [publisher, modules] = largest ?? ["", []];
    return {
      publisher,
      modules: modules.slice(0, MAX_WARM).map(({ manifest, code }) => ({
        digest: manifest.digest,
        code,
        limits: manifest.limits,
      })),
      alone: by.size < 2,
    };
  }

  /** The module, only under exactly this digest. @throws MmfError module-unknown, module-digest-mismatch */
  async take(id: string, digest: string): Promise<HeldModule> {
    const found = this.#find(id, digest);
    if (found !== undefined) return found;
    // It may have been installed since.
    await this.refresh();
    const installed = this.#find(id, digest);
    if (installed !== undefined) return installed;
    const others = this.list.filter(({ manifest }) => manifest.id === id);
    if (others.length === 0) throw new MmfError("module-unknown", `no module "${id}" is installed`);
    throw new MmfError(
      "module-digest-mismatch",
      `${id} is installed as ${others.map(({ manifest }) => manifest.digest).join(", ")}, ${digest} was admitted`,
    );
  }

  #find(id: string, digest: string): HeldModule | undefined {
    const found = this.#byDigest.get(digest);
    return found?.manifest.id === id ? found : undefined;
  }
}

function byDigest(modules: readonly HeldModule[]): ReadonlyMap<string, HeldModule> {
  return new Map(modules.slice(0, MAX_HELD).map((module) => [module.manifest.digest, module]));
}
