import { fromUtf8 } from "@sigil/crypto";
import type { Manifest, ModulePackage, RunLimits } from "@sigil/wire/module-package";
import { MmfError } from "./error.ts";

/** A module whose code is the code that its manifest names. */
export type Module = Pick<ModulePackage, "manifest" | "code" | "publisher" | "files">;

/** The source map that the package holds beside its entry, as text; undefined where it has none. */
export function sourceMap({ manifest, files }: Pick<Module, "manifest" | "files">): string | undefined {
  const bytes = files.get(`${manifest.entry}.map`);
  return bytes && fromUtf8(bytes);
}

/** Whose runs may share a runner: the publisher's thumbprint; unsigned code shares one with unsigned code alone. */
export function publisherOf({ publisher }: Pick<Module, "publisher">): string {
  return publisher?.kid ?? "unsigned";
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

  /**
   * The modules of the publisher that has most of them here: what a runner loads before anybody asks. At most 8.
   * `alone` = there are modules of no other.
   */
  largestPublisher(): {
    publisher: string;
    modules: { digest: string; code: string; limits: RunLimits }[];
    alone: boolean;
  } {
    const by = Map.groupBy(this.#modules.values(), publisherOf);
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
