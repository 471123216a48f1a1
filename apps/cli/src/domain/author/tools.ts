import type { RehearsalAnswer, RehearsalRequest } from "@sigil/wire";
import type { PackageFiles } from "@sigil/wire/module-package";
import type { Settings } from "../command.ts";
import type { ModuleSource } from "./source.ts";

/** One ES module with everything in it, and the map from its lines to the author's. */
export interface Bundle {
  readonly code: string;
  /** Source map (ECMA-426) without the sources' text; its sources are relative to the module, or begin with a package's name. */
  readonly map: string;
  /** Names of the packages whose code is in it. */
  readonly packages: readonly string[];
}

/** What the compiler refuses, where it stands. */
export interface TypeProblem {
  /** `src/index.ts:12:5`, or a file that is missing. */
  readonly at: string;
  readonly message: string;
}

type Asked = RehearsalRequest extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

/** The built executor, started for an author. */
export interface Rehearsals {
  /** Throws `rehearsal-ended` when it is gone; what it refuses is an answer. */
  readonly ask: (request: Asked) => Promise<RehearsalAnswer>;
  readonly close: () => Promise<void>;
}

/** What the author's commands need of the machine. */
export interface AuthorTools {
  /** Writes the template into a new folder. Throws `file-exists`. */
  readonly create: (folder: string, name: string) => readonly string[];
  readonly source: (folder: string) => ModuleSource;
  /**
   * Bundles the module's entry, or code that imports it as `./src/index.ts`. Throws `module-import-node`,
   * `module-import-unresolved`, `module-import-outside`, `module-source-invalid`, `author-tools-missing`.
   */
  readonly bundle: (folder: string, wrapper?: string) => Promise<Bundle>;
  /** What the compiler finds in the module's own files. Throws `author-tools-missing`. */
  readonly types: (folder: string) => Promise<readonly TypeProblem[]>;
  readonly rehearsals: (settings: Settings) => Rehearsals;
  /** Text of each case file of the module, by its path in the folder. */
  readonly cases: (folder: string) => readonly { readonly path: string; readonly text: string }[];
  /** The built package of a module. Throws `module-source-missing` when it has none, and by the step `read`. */
  readonly built: (folder: string) => Promise<PackageFiles>;
  /** Replaces the package folder of a module as a whole. Answers where it is. */
  readonly write: (folder: string, files: ReadonlyMap<string, Uint8Array>) => string;
  /** Calls `changed` after each burst of changes to the module's own files, until `signal`. */
  readonly watch: (folder: string, signal: AbortSignal, changed: () => void) => void;
}
