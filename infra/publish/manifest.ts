import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** The packages that strangers may use, each after those that it needs. */
export const PUBLISHED = ["crypto", "canon", "policy", "module-sdk"] as const;
export type Published = (typeof PUBLISHED)[number];

/**
 * The lowest version of each dependency that the published packages work with: `npm run supply -- lowest` runs their tests on
 * exactly these. What is published asks for these or newer of the same major.
 */
export const LOWEST: Readonly<Record<string, string>> = {
  "@noble/hashes": "2.0.0",
  jose: "6.0.0",
  "json-canonicalize": "3.0.1",
  tweetnacl: "1.0.3",
  zod: "4.3.0",
};

interface Manifest {
  version: string;
  private?: boolean;
  exports: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  publishConfig?: { exports: Record<string, { types: string; default: string }> };
  [field: string]: unknown;
}

export function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, "packages", name, "package.json"), "utf8"));
}

function ranges(dependencies: Record<string, string>): Record<string, string> {
  const rangeOf = (name: string, range: string) => {
    // Packages of one release belong together.
    if (range === "workspace:*") return readManifest(name.replace("@sigil/", "")).version;
    const lowest = LOWEST[name];
    if (lowest === undefined)
      throw new Error(`publish: LOWEST of infra/publish/manifest.ts names no lowest version of ${name}`);
    return `^${lowest}`;
  };
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, range]) => [name, rangeOf(name, range)]),
  );
}

/**
 * The manifest as it is published: compiled entries of `publishConfig` in place of the sources, ranges in place of
 * `workspace:` and `catalog:`, nothing that only development needs. A source entry without a published one is refused.
 */
export function publishedManifest(name: Published) {
  const { private: _, devDependencies: __, publishConfig, dependencies, ...rest } = readManifest(name);
  if (publishConfig === undefined) throw new Error(`publish: packages/${name} has no publishConfig.exports`);
  for (const [entry, source] of Object.entries(rest.exports)) {
    const compiled = publishConfig.exports[entry]?.default;
    const expected = source.replace("./src/", "./dist/").replace(/\.ts$/, ".js");
    if (compiled !== expected)
      throw new Error(`publish: "${entry}" of packages/${name} must publish ${expected}`);
  }
  return {
    ...rest,
    ...publishConfig,
    files: ["dist"],
    ...(dependencies !== undefined && { dependencies: ranges(dependencies) }),
  };
}

/** What the command loads beside its own bundles: it brings an addon for each platform, so that nothing is compiled. */
export const NATIVE = "better-sqlite3";

/** The manifest of the command's package: the shipped tree, and the one dependency that cannot be bundled. */
export function commandManifest() {
  const { name, version, description, license, type, engines } = JSON.parse(
    readFileSync(join(ROOT, "apps/cli/package.json"), "utf8"),
  );
  const [, native] =
    new RegExp(`^ {2}${NATIVE}: (\\S+)$`, "m").exec(
      readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8"),
    ) ?? [];
  if (native === undefined) throw new Error(`publish: the catalog of pnpm-workspace.yaml has no ${NATIVE}`);
  return {
    ...{ name, version, description, license, type, engines },
    bin: { sigil: "./apps/cli/bin/sigil.mjs" },
    files: ["apps", "docs"],
    // The format of the database is the addon's: this very version was tested.
    dependencies: { [NATIVE]: native },
  };
}
