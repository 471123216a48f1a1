import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { DEVELOPMENT_MARKER } from "../../packages/crypto/src/development.ts";

const root = join(import.meta.dirname, "../..");

/** The text of everything that a bundle of this entry would ship. */
async function bundled(entry: string | { contents: string }): Promise<string> {
  const { outputFiles } = await build({
    ...(typeof entry === "string"
      ? { entryPoints: [entry] }
      : { stdin: { ...entry, resolveDir: import.meta.dirname, loader: "ts" as const } }),
    bundle: true,
    write: false,
    outdir: "out",
    platform: "node",
    format: "esm",
    external: ["better-sqlite3"],
    logLevel: "silent",
  });
  return outputFiles.map(({ text }) => text).join("\n");
}

describe("development keys", () => {
  test("the search finds them in a bundle that loads them", async () => {
    const contents =
      'import { insecureDevelopmentSeed } from "../../packages/crypto/src/development.ts"; console.log(insecureDevelopmentSeed("x"));';
    expect(await bundled({ contents })).toContain(DEVELOPMENT_MARKER);
  });

  const entries = [
    ...globSync("apps/*/src/main.ts", { cwd: root }),
    ...globSync("packages/*/src/{index,portable}.ts", { cwd: root }),
    "apps/mmf/src/sandbox/runner.ts",
  ];

  test("every app and package is looked at", () => {
    expect(entries.filter((entry) => entry.startsWith("apps/") && entry.endsWith("main.ts"))).toHaveLength(4);
    expect(entries.every((entry) => existsSync(join(root, entry)))).toBe(true);
  });

  test.each(entries)("are not in the bundle of %s", async (entry) => {
    const text = await bundled(join(root, entry));
    expect(text.length).toBeGreaterThan(0);
    expect(text).not.toContain(DEVELOPMENT_MARKER);
  });
});
