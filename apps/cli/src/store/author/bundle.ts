import { existsSync, readFileSync, realpathSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import type { Message, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { ENTRY, sourceRefused } from "../../domain/author/source.ts";
import type { Bundle } from "../../domain/author/tools.ts";
import { CliError } from "../../domain/error.ts";

const esbuild = () =>
  import("esbuild").catch((cause: unknown) => {
    throw new CliError(
      "author-tools-missing",
      "esbuild, which builds modules, is not installed beside this command",
      "Install the command with its optional dependencies.",
      { cause },
    );
  });

const CODE = /\.(?:ts|mts|js|mjs|cjs|json)$/;

/** The name of the package that a specifier such as `@scope/name/part` names; undefined for a path or a `#name`. */
function packageOf(specifier: string): string | undefined {
  return /^(@[^/]+\/[^/]+|[^./@#][^/]*)(?:\/|$)/.exec(specifier)?.[1];
}

/** The folder of the nearest package.json with a name, from a file upwards. */
function packageRoot(file: string): { folder: string; name: string } | undefined {
  for (let at = dirname(file); at !== dirname(at); at = dirname(at)) {
    try {
      const { name } = JSON.parse(readFileSync(join(at, "package.json"), "utf8")) as { name?: unknown };
      if (typeof name === "string") return { folder: at, name };
    } catch {
      // None here, or one that names nothing.
    }
  }
  return undefined;
}

/** Whether the packages that `folder` may import by name have this one among them. A `#name` stands for a file or for one of these. */
function isDependency(folder: string, target: ReturnType<typeof packageRoot>): boolean {
  if (target === undefined) return false;
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const installed = join(at, "node_modules", target.name);
    if (existsSync(installed)) return realpathSync(installed) === target.folder;
  }
  return false;
}

const within = (folder: string, path: string): boolean => path.startsWith(folder + sep);

/**
 * Holds every import to where it may lead: a path to its own package, a name to a package that is called so. What a module
 * imports ends up in a file that is published, so no path, link or map may pull in a file of the machine.
 */
function confined(root: string): Plugin {
  const refused = (code: string, text: string): OnResolveResult => ({ errors: [{ text, detail: code }] });
  return {
    name: "sigil-confined",
    setup(build: PluginBuild) {
      const inside = Symbol("asked by this plugin");
      build.onResolve(
        { filter: /.*/ },
        async ({ path, pluginData, kind, importer, resolveDir, namespace }) => {
          if (pluginData === inside || kind === "entry-point") return undefined;
          if (path.startsWith("node:"))
            return refused("module-import-node", `${path} is Node's, and a module runs without it`);
          const found = await build.resolve(path, {
            kind,
            importer,
            resolveDir,
            namespace,
            pluginData: inside,
          });
          if (found.errors.length > 0) {
            if (builtinModules.includes(path))
              return refused("module-import-node", `${path} is Node's, and a module runs without it`);
            return refused("module-import-unresolved", `${JSON.stringify(path)} cannot be resolved`);
          }
          // What a package maps to nothing where Node is not: esbuild puts an empty part there.
          if (found.namespace !== "file") return undefined;
          if (!CODE.test(found.path))
            return refused("module-import-outside", `${path} is no TypeScript, JavaScript or JSON file`);
          const real = realpathSync(found.path);
          const name = packageOf(path);
          const own = packageRoot(importer) ?? { folder: root, name: "" };
          const target = packageRoot(real);
          const allowed =
            name === undefined
              ? within(own.folder, real) || (path.startsWith("#") && isDependency(own.folder, target))
              : target?.name === name;
          if (!allowed)
            return refused(
              "module-import-outside",
              name === undefined
                ? `${path} lies outside of ${own.folder === root ? "the module" : `the package ${own.name}`}`
                : `${path} leads to no package of that name`,
            );
          return { path: real, sideEffects: found.sideEffects };
        },
      );
    },
  };
}

/** Bundles a module as the guest takes it: one file that imports nothing. See `AuthorTools.bundle`. */
export async function bundle(folder: string, wrapper?: string): Promise<Bundle> {
  const { build } = await esbuild();
  const root = realpathSync(folder);
  const entry = wrapper ?? `export { default } from "./${ENTRY}";\n`;
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: entry, resolveDir: root, sourcefile: "sigil:entry.js" },
    outfile: join(root, "dist/module.js"),
    bundle: true,
    write: false,
    // Of its entries a package names those without Node `browser`; what a browser adds to the language is not there.
    platform: "browser",
    define: { "process.env.NODE_ENV": '"production"' },
    target: "es2023",
    format: "esm",
    charset: "utf8",
    legalComments: "eof",
    sourcemap: "external",
    sourcesContent: false,
    // The author's configuration changes nothing of what is built, and an import counts whether or not it is used.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    metafile: true,
    logLevel: "silent",
    plugins: [confined(root)],
  }).catch((error: { errors?: readonly Message[] }) => {
    if (!Array.isArray(error.errors)) throw error;
    throw sourceRefused(
      error.errors.map(({ text, detail, location }) => ({
        code: typeof detail === "string" ? detail : undefined,
        text,
        at:
          location &&
          `${sourceName(root, join(root, location.file))}:${location.line}:${location.column + 1}`,
      })),
    );
  });
  const text = (end: string) => result.outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  const { sources, mappings, names } = JSON.parse(text(".map")) as Record<string, string[]>;
  const read = Object.keys(result.metafile.inputs).filter((path) => !path.includes("sigil:"));
  return {
    code: withoutPlaces(root, text("module.js")),
    map: JSON.stringify({
      version: 3,
      sources: sources?.map((path) => sourceName(root, join(root, "dist", path))),
      names,
      mappings,
    }),
    packages: [...new Set(read.flatMap((path) => foreign(root, join(root, path)) ?? []))].toSorted(),
  };
}

/** The name of the package that a file belongs to; undefined for one of the module's own. */
function foreign(root: string, file: string): string | undefined {
  const own = packageRoot(file);
  return own === undefined || own.folder === root ? undefined : own.name;
}

/** What a file is called in a package: its path in the module, or in the package that it comes from. The same on every machine. */
function sourceName(root: string, file: string): string {
  const own = packageRoot(file);
  const [folder, prefix] =
    own === undefined || own.folder === root ? [root, ""] : [own.folder, `${own.name}/`];
  return `${prefix}${relative(folder, file).replaceAll("\\", "/")}`;
}

/** Paths that esbuild writes as comments and as names of CommonJS parts: they would tell where the packages lay. */
function withoutPlaces(root: string, code: string): string {
  return code.replace(
    /^(\/\/ | {2}")((?:\.\.\/|node_modules\/)[^\n"]+?)(?="\(|$)/gm,
    (_, before: string, path: string) => `${before}${sourceName(root, join(root, path))}`,
  );
}
