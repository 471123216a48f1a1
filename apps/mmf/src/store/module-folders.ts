import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "@sigil/canon";
import {
  MANIFEST_FILE,
  parseManifest,
  parseSignature,
  readPackageFolder,
  SIGNATURE_FILE,
  verifyPackage,
} from "@sigil/wire/module-package";
import { MmfError } from "../domain/error.ts";
import type { HeldModule, RefusedFolder, Shelf } from "../domain/module.ts";

/** Folders of installed packages that are looked at. */
const MAX_FOLDERS = 256;

/** Every package folder in `folder`, verified. A folder that does not verify is an error, not a gap in the list. */
export async function readModules(folder: string): Promise<HeldModule[]> {
  const names = await foldersOf(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new MmfError("modules-unreadable", `${folder} cannot be read (${cause.code})`, { cause });
  });
  const modules: HeldModule[] = [];
  for (const name of names) modules.push(await readModule(join(folder, name)));
  return modules;
}

/** One package folder, verified from the bytes that are then evaluated. @throws WireError by the step that failed */
export async function readModule(folder: string): Promise<HeldModule> {
  const { manifest, code, publisher, files } = verifyPackage(await readPackageFolder(folder));
  const signature = files.get(SIGNATURE_FILE);
  return {
    manifest,
    code,
    publisher,
    files,
    signed: {
      manifest: parseManifest(files.get(MANIFEST_FILE) ?? new Uint8Array()) as { [key: string]: Json },
      signature: signature === undefined ? null : parseSignature(signature),
    },
  };
}

/**
 * The packages that `sigil module install` puts into a home while services run. A package is named after its digest and
 * never changes, so that a folder is read once; one that does not verify keeps nobody else's from running.
 */
export class InstalledModules implements Shelf {
  readonly #folder: string;
  readonly #warn: (refused: RefusedFolder) => void;
  readonly #warned = new Set<string>();

  constructor(folder: string, warn: (refused: RefusedFolder) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  async read(known: ReadonlyMap<string, HeldModule>) {
    const modules = new Map<string, HeldModule>();
    const refused: RefusedFolder[] = [];
    // Nothing was installed yet where the folder is not there.
    const names = await foldersOf(this.#folder).catch(() => []);
    for (const [at, name] of names.entries()) {
      const held = known.get(name);
      if (held !== undefined) modules.set(name, held);
      else if (at >= MAX_FOLDERS) refused.push(this.#refuse(name, tooMany(name)));
      else await this.#load(name, modules, refused);
    }
    return { modules, refused };
  }

  async #load(name: string, modules: Map<string, HeldModule>, refused: RefusedFolder[]): Promise<void> {
    try {
      modules.set(name, await readModule(join(this.#folder, name)));
    } catch (error) {
      refused.push(this.#refuse(name, error));
    }
  }

  #refuse(folder: string, error: unknown): RefusedFolder {
    const { code, message } = error as { code?: unknown; message?: string };
    const refused = {
      folder: folder.slice(0, 256),
      code: typeof code === "string" ? code : "internal",
      detail: (message ?? String(error)).slice(0, 1024),
    };
    if (!this.#warned.has(folder)) this.#warn(refused);
    this.#warned.add(folder);
    return refused;
  }
}

const tooMany = (name: string) =>
  new MmfError("module-duplicate", `${name} is one more than the ${MAX_FOLDERS} packages that are held`);

/** Names of the folders there, links among them; what is being written has a dot before its name. */
async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("."))
    .toSorted();
}
