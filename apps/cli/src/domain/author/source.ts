import { atoms } from "@sigil/wire";
import { z } from "zod";
import { CliError } from "../error.ts";
import { jsonFrom } from "../json-file.ts";
import { requireModuleName } from "./name.ts";

/** What `package.json` says of a module. */
export interface ModuleSource {
  /** Real path of the folder. */
  readonly folder: string;
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly licence: string;
}

/** Where a module's code begins, and what a package holds. */
export const ENTRY = "src/index.ts";
export const BUILT = "dist/module.js";

const packageFile = z.looseObject({
  name: z.string().max(214),
  version: atoms.semver,
  description: z.string().max(512).default(""),
  license: z.string().min(1).max(128),
});

/** The text of a module's package.json, read. A scope before the name is npm's, not the module's. @throws CliError `module-source-invalid` */
export function moduleSource(folder: string, text: string): ModuleSource {
  const parsed = packageFile.safeParse(jsonFrom(`${folder}/package.json`, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CliError(
      "module-source-invalid",
      `package.json: ${issue?.path.join(".")}: ${issue?.message}`,
      "A module's package.json names it, its version as 1.2.3 and its licence as an SPDX expression.",
    );
  }
  const { name, version, description, license } = parsed.data;
  const id = requireModuleName(name.replace(/^@[a-z0-9._-]+\//, ""));
  return { folder, id, version, description, licence: license };
}

const REMEDIES = {
  "module-import-node":
    "A module has no file, network, clock or process: ask for what it needs through ctx, or use a package that runs in a browser.",
  "module-import-unresolved": "Correct the path, or install the package in the module's folder.",
  "module-import-outside":
    "Import files of the module, and packages by their names: what is imported becomes part of what is published.",
  "module-source-invalid": "Correct it there.",
} as const;

type SourceCode = keyof typeof REMEDIES;

/** How many of the problems of a build are told. */
const SHOWN = 8;

/** Why a module was not built: each problem with file, line and column; the first names the code. */
export function sourceRefused(
  problems: readonly {
    readonly code?: string | undefined;
    readonly text: string;
    readonly at?: string | null;
  }[],
): CliError {
  const known = (code: string | undefined): SourceCode =>
    code !== undefined && Object.hasOwn(REMEDIES, code) ? (code as SourceCode) : "module-source-invalid";
  const code = known(problems[0]?.code);
  const told = problems.slice(0, SHOWN).map(({ at, text }) => (at ? `${at}: ${text}` : text));
  const more = problems.length - told.length;
  return new CliError(code, `${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`, REMEDIES[code]);
}
