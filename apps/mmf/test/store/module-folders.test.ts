import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Catalog } from "../../src/domain/module.ts";
import { InstalledModules, readModule, readModules } from "../../src/store/module-folders.ts";
import { packageFolder, sha256Of, write } from "../package-folder.ts";

const CODE = "export default { run() { return 1 } };";
/** Nothing was installed. */
const shelf = new InstalledModules("/nowhere", () => {});
const refusedAs = (code: string) => expect.objectContaining({ code });

test("code that was altered after the build is not loaded", async () => {
  const folder = packageFolder(CODE);
  write(folder, "dist/module.js", `${CODE} `);
  await expect(readModule(folder)).rejects.toThrow(refusedAs("module-file-altered"));
});

test.skipIf(process.platform === "win32")(
  "a package folder that is a symbolic link is not loaded [links need rights on Windows]",
  async () => {
    const folder = packageFolder(CODE);
    const modules = join(dirname(folder), "modules");
    mkdirSync(modules);
    symlinkSync(folder, join(modules, "probe"));
    await expect(readModules(modules)).rejects.toThrow(refusedAs("module-symbolic-link"));
  },
);

test("two packages with one id are refused", async () => {
  const module = await readModule(packageFolder(CODE));
  expect(() => new Catalog([module, module], shelf)).toThrow(refusedAs("module-duplicate"));
});

test("a module is taken only under the digest that was admitted", async () => {
  const module = await readModule(packageFolder(CODE));
  const catalog = new Catalog([module], shelf);
  expect(await catalog.take("probe", module.manifest.digest)).toBe(module);
  await expect(catalog.take("probe", sha256Of("other"))).rejects.toThrow(refusedAs("module-digest-mismatch"));
  await expect(catalog.take("other", module.manifest.digest)).rejects.toThrow(refusedAs("module-unknown"));
});

test("a modules folder that is not there is refused by name", async () => {
  await expect(readModules("/nowhere/modules")).rejects.toThrow(refusedAs("modules-unreadable"));
});

test("every built-in module is a signed package of one publisher, in the format of everybody's", async () => {
  const modules = await readModules(join(import.meta.dirname, "../../dist/modules"));
  expect(modules.map(({ manifest }) => manifest.id)).toEqual(
    expect.arrayContaining(["hello", "rust-mentor"]),
  );
  expect(new Set(modules.map(({ publisher }) => publisher?.kid)).size).toBe(1);
});

test("an unsigned package is not loaded", async () => {
  const folder = packageFolder(CODE);
  rmSync(join(folder, "sigil.sig.json"));
  await expect(readModule(folder)).rejects.toThrow(refusedAs("module-unsigned"));
});

test("a package that is installed while the catalog is in use is found under its digest, and one that is altered then stays as it was verified", async () => {
  const folder = packageFolder(CODE);
  const catalog = new Catalog([], new InstalledModules(dirname(folder), () => {}));
  const { digest } = (await readModule(folder)).manifest;
  expect((await catalog.take("probe", digest)).code).toBe(CODE);
  write(folder, "dist/module.js", "export default {}");
  await catalog.refresh();
  expect((await catalog.take("probe", digest)).code).toBe(CODE);
});
