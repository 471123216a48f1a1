import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** The packages that strangers may use, each after those that it needs. */
export const PUBLISHED = ["crypto", "canon", "policy", "module-sdk"] as const;
export type Published = (typeof PUBLISHED)[number];

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

// The one place that names third-party versions.
function catalog(): Map<string, string> {
  const [, text = ""] = readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8").split(/^catalog:$/m);
  return new Map(
    [...text.matchAll(/^ {2}"?([^":\s]+)"?: (\S+)$/gm)].map(([, name = "", version = ""]) => [name, version]),
  );
}

function pinned(dependencies: Record<string, string>): Record<string, string> {
  const versions = catalog();
  const versionOf = (name: string, range: string) => {
    if (range === "workspace:*") return readManifest(name.replace("@sigil/", "")).version;
    const version = range === "catalog:" ? versions.get(name) : range;
    if (version === undefined) throw new Error(`publish: the catalog of pnpm-workspace.yaml has no ${name}`);
    return version;
  };
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, range]) => [name, versionOf(name, range)]),
  );
}

/**
 * The manifest as it is published: compiled entries of `publishConfig` in place of the sources, versions in place of
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
    ...(dependencies !== undefined && { dependencies: pinned(dependencies) }),
  };
}
