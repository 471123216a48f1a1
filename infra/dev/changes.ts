const APPS = ["cli", "codex-nexus", "mmf", "sigilderg"] as const;
export type App = (typeof APPS)[number];

/**
 * The apps whose bundle a changed file is part of, by its path from the root of the repository: none for what no bundle holds,
 * all for a package, which each of them may contain.
 */
export function affectedApps(path: string): readonly App[] {
  const [top = "", name = "", ...rest] = path.split(/[/\\]/);
  const inside = rest.join("/");
  if (!/\.(ts|json)$/.test(path) || /(^|\/)(test|node_modules|dist[^/]*)\//.test(`${inside}/`)) return [];
  if (top === "packages") return inside.startsWith("src/") ? APPS : [];
  if (top !== "apps") return [];
  const app = APPS.find((each) => each === name);
  const holds = /^(src|modules)\//.test(inside) || inside === "package.json";
  return app !== undefined && holds ? [app] : [];
}
