import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const modules = globSync("modules/*/sigil.module.json", { cwd: join(import.meta.dirname, "..") });

test("the manifest of every built-in module says what its code declares", async () => {
  expect(modules.length).toBeGreaterThan(1);
  for (const path of modules) {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "..", path), "utf8"));
    const source = join(import.meta.dirname, "..", dirname(path), "src/index.ts");
    const { default: declared } = await import(/* @vite-ignore */ pathToFileURL(source).href);
    const capabilities = declared.capabilities.map((each: string | { name: string; scope?: object }) =>
      typeof each === "string" ? { name: each, scope: {} } : { scope: {}, ...each },
    );
    const { id, input, limits } = manifest;
    expect({ id, input, capabilities: manifest.capabilities, limits }).toEqual({
      id: basename(dirname(path)),
      input: declared.input,
      capabilities,
      limits: declared.limits,
    });
  }
});
