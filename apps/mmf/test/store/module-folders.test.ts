import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../../src/domain/module.ts";
import { readModule, readModules } from "../../src/store/module-folders.ts";
import { manifestOf, packageFolder, sha256Of, write } from "../package-folder.ts";

const CODE = "export default { run() { return 1 } };";
const refusedAs = (code: string) => expect.objectContaining({ code });

test("a package is known by the SHA-256 of its manifest in RFC 8785 form, whatever its spelling on disk", async () => {
  const folder = packageFolder(CODE);
  const { manifest, code } = await readModule(folder);
  const sorted = Object.fromEntries(
    Object.entries(manifestOf(CODE)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  expect(manifest.digest).toBe(`sha256:${createHash("sha256").update(JSON.stringify(sorted)).digest("hex")}`);
  expect(code).toBe(CODE);
  write(folder, "sigil.module.json", JSON.stringify(sorted, null, 4));
  expect((await readModule(folder)).manifest.digest).toBe(manifest.digest);
});

test("code that was altered after the build is refused", async () => {
  const folder = packageFolder(CODE);
  write(folder, "dist/module.js", `${CODE} `);
  await expect(readModule(folder)).rejects.toThrow(refusedAs("module-file-altered"));
});

test("a file that the manifest does not list is refused", async () => {
  const folder = packageFolder(CODE);
  write(folder, "dist/extra.js", "1");
  await expect(readModule(folder)).rejects.toThrow(refusedAs("module-file-unlisted"));
});

test("a listed file that is missing is refused", async () => {
  const files = { "dist/module.js": sha256Of(CODE), "dist/data.json": sha256Of("{}") };
  await expect(readModule(packageFolder(CODE, { files }))).rejects.toThrow(refusedAs("module-file-missing"));
});

test.skipIf(process.platform === "win32")(
  "a symbolic link in a package is refused [links need rights on Windows]",
  async () => {
    const folder = packageFolder(CODE);
    symlinkSync("/etc/hostname", join(folder, "dist/link.js"));
    await expect(readModule(folder)).rejects.toThrow(refusedAs("module-file-refused"));
  },
);

test.skipIf(process.platform === "win32")(
  "a package folder that is a symbolic link is refused [links need rights on Windows]",
  async () => {
    const folder = packageFolder(CODE);
    const modules = join(dirname(folder), "modules");
    mkdirSync(modules);
    symlinkSync(folder, join(modules, "probe"));
    await expect(readModules(modules)).rejects.toThrow(refusedAs("module-file-refused"));
  },
);

test.each([
  "../escape.js",
  "/etc/passwd",
  "dist/../../x.js",
  "C:\\x.js",
  "./module.js",
  "dist//module.js",
  "",
])("a manifest that names the path %j is refused", async (path) => {
  const changes = { entry: path, files: { [path]: sha256Of(CODE) } };
  await expect(readModule(packageFolder(CODE, changes))).rejects.toThrow(refusedAs("manifest-malformed"));
});

test.each<[string, object]>([
  ["an unknown field", { extra: 1 }],
  ["another engine", { engine: "quickjs-2" }],
  ["an id that is no name", { id: "Not A Name" }],
  ["an entry that is not among its files", { entry: "dist/other.js" }],
])("a manifest with %s is refused as manifest-malformed", async (_, changes) => {
  await expect(readModule(packageFolder(CODE, changes))).rejects.toThrow(refusedAs("manifest-malformed"));
});

test("a manifest with a duplicate key is refused", async () => {
  const folder = packageFolder(CODE);
  write(folder, "sigil.module.json", JSON.stringify(manifestOf(CODE)).replace("{", '{"id":"other",'));
  await expect(readModule(folder)).rejects.toThrow(refusedAs("manifest-malformed"));
});

test.each<[string, object]>([
  ["cpuMs", { cpuMs: 30_001 }],
  ["wallMs", { wallMs: 60_001 }],
  ["memoryBytes", { memoryBytes: 256 * 1024 * 1024 + 1 }],
  ["hostCalls", { hostCalls: 0 }],
])("a manifest that asks for more %s than the ceiling, or for nothing, is refused", async (_, limits) => {
  await expect(readModule(packageFolder(CODE, { limits }))).rejects.toThrow(refusedAs("limit-over-ceiling"));
});

test("a module of more than 1 MiB is refused", async () => {
  const code = `//${"x".repeat(1024 * 1024)}`;
  await expect(readModule(packageFolder(code))).rejects.toThrow(refusedAs("module-too-large"));
});

test("two packages with one id are refused", async () => {
  const module = await readModule(packageFolder(CODE));
  expect(() => new Catalog([module, module])).toThrow(refusedAs("module-duplicate"));
});

test("a module is taken only under the digest that was admitted", async () => {
  const module = await readModule(packageFolder(CODE));
  const catalog = new Catalog([module]);
  expect(catalog.take("probe", module.manifest.digest)).toBe(module);
  expect(() => catalog.take("probe", sha256Of("other"))).toThrow(refusedAs("module-digest-mismatch"));
  expect(() => catalog.take("other", module.manifest.digest)).toThrow(refusedAs("module-unknown"));
});

test("a modules folder that is not there is refused by name", async () => {
  await expect(readModules("/nowhere/modules")).rejects.toThrow(refusedAs("modules-unreadable"));
});
