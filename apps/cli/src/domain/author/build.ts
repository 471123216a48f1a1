import type { Json } from "@sigil/canon";
import { utf8 } from "@sigil/crypto";
import {
  ENGINE_ID,
  type Manifest,
  type PackageFiles,
  readManifest,
  sealPackage,
} from "@sigil/wire/module-package";
import { CliError } from "../error.ts";
import { BUILT, ENTRY, type ModuleSource } from "./source.ts";
import type { AuthorTools, Bundle, Rehearsals, TypeProblem } from "./tools.ts";

/** An unsigned package, and what it was built from. */
export interface Built {
  readonly source: ModuleSource;
  readonly manifest: Manifest;
  readonly files: PackageFiles;
  readonly bundle: Bundle;
  /** What `defineModule` was given beside `run`. */
  readonly declared: { readonly [field: string]: Json };
}

/** A module whose `run` answers its own declaration: it is read in the sandbox, where an author's code belongs. */
const DECLARED = `import module from "./${ENTRY}";
const { input, capabilities, limits } = module;
export default { run: () => ({ input, capabilities, ...(limits && { limits }) }) };
`;

/**
 * Builds a module: types, bundle, and the manifest from what its code declares and its package.json says. Nothing is written.
 * @throws CliError `module-types-refused`, `module-declaration-refused` and what the tools throw
 */
export async function build(tools: AuthorTools, rehearsals: Rehearsals, folder: string): Promise<Built> {
  const source = tools.source(folder);
  // The bundle first: an import that leads nowhere is told as that, and not as what the compiler makes of it.
  const bundle = await tools.bundle(source.folder);
  const problems = await tools.types(source.folder);
  if (problems.length > 0) throw typesRefused(problems);
  const declared = await declaration(tools, rehearsals, source.folder);
  const files = packageOf(source, declared, bundle);
  const manifest = readManifest(files.get("sigil.module.json") as Uint8Array);
  return { source, manifest, files, bundle, declared };
}

/** The package that a bundle makes under a declaration. @throws WireError manifest-malformed, input-schema-unsupported, limit-over-ceiling */
export function packageOf(
  source: ModuleSource,
  declared: Built["declared"],
  { code, map }: Bundle,
): PackageFiles {
  const { id, version, description, licence } = source;
  const list = declared.capabilities as (string | { [field: string]: Json })[];
  const capabilities = list.map((each) =>
    typeof each === "string" ? { name: each, scope: {} } : { scope: {}, ...each },
  );
  const draft = {
    id,
    version,
    description,
    engine: ENGINE_ID,
    entry: BUILT,
    ...declared,
    capabilities,
    licence,
  };
  return sealPackage(
    draft,
    new Map([
      [BUILT, utf8(code)],
      [`${BUILT}.map`, utf8(map)],
    ]),
  );
}

async function declaration(
  tools: AuthorTools,
  rehearsals: Rehearsals,
  folder: string,
): Promise<Built["declared"]> {
  const { code } = await tools.bundle(folder, DECLARED);
  const answer = await rehearsals.ask({ do: "evaluate", code });
  if ("error" in answer) throw declarationRefused(answer.error.message);
  const value = "value" in answer ? answer.value : null;
  if (
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    !Array.isArray(value.capabilities)
  )
    throw declarationRefused("the default export declares no input and capabilities");
  return value;
}

function declarationRefused(why: string): CliError {
  return new CliError(
    "module-declaration-refused",
    `${ENTRY} does not say what the module is: ${why}`,
    "Its default export is what defineModule({ input, capabilities, run }) returns.",
  );
}

const SHOWN = 8;

function typesRefused(problems: readonly TypeProblem[]): CliError {
  const told = problems.slice(0, SHOWN).map(({ at, message }) => `${at}: ${message}`);
  const more = problems.length - told.length;
  return new CliError(
    "module-types-refused",
    `${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    "Correct it there; a call that ctx does not have is a capability that the module does not declare.",
  );
}
