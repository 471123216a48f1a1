import type { ModulePackage } from "@sigil/wire/module-package";

/** Module packages on this machine: where they come from, and where a home keeps those that were installed. */
export interface Packages {
  /** A package folder or tarball, verified. @throws WireError by the step that failed */
  readonly open: (path: string) => Promise<ModulePackage>;
  /**
   * Copies a verified package into the home, whole or not at all; `fresh` is false where it lies there already.
   * @throws WireError, CliError `package-in-the-way`
   */
  readonly install: (home: string, opened: ModulePackage) => Promise<{ folder: string; fresh: boolean }>;
  /** Removes the installed package of this digest. @throws CliError `module-not-installed` */
  readonly remove: (home: string, digest: string) => Promise<string>;
}
