import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Secret, utf8 } from "@sigil/crypto";
import { readPackageFolder, sealPackage, verifyPackage } from "@sigil/wire/module-package";
import { describe, expect, test } from "vitest";
import { moduleKey } from "../../src/commands/module/key.ts";
import { moduleSign } from "../../src/commands/module/sign.ts";
import { Input } from "../../src/domain/command.ts";
import type { Needs } from "../../src/domain/needs.ts";
import { newWitnessKey } from "../../src/domain/quorum/witness-key.ts";
import { built, source, write } from "../../src/store/author/folder.ts";
import { writeNew } from "../../src/store/files.ts";
import { codeOf, folder } from "../place.ts";
import { moduleFolder } from "./module.ts";

// 43 characters of base64url: sealed at the price of machine secrets.
const PASSPHRASE = "q".repeat(43);
const settings = { json: true, home: undefined, set: [], licence: undefined };

/** The real folders and files, and a person who types this passphrase. */
function machine(typed = PASSPHRASE): Needs {
  return {
    author: { source, built, write },
    readText: (path: string) => readFileSync(path, "utf8"),
    readTextIfThere: () => undefined,
    writeText: writeNew,
    passphrase: async () => Secret.from(utf8(typed)),
    now: () => new Date("2026-11-25T12:00:00.000Z"),
  } as unknown as Needs;
}

const draft = {
  id: "probe",
  version: "1.0.0",
  engine: "quickjs-1",
  entry: "dist/module.js",
  input: { type: "object" },
  capabilities: [],
  licence: "MIT",
};

/** A module with a built package. */
function module(): string {
  const root = moduleFolder({ "src/index.ts": "" });
  const code = utf8("export default { run() {} };");
  for (const [path, bytes] of sealPackage(draft, new Map([["dist/module.js", code]]))) {
    mkdirSync(dirname(join(root, "package", path)), { recursive: true });
    writeFileSync(join(root, "package", path), bytes);
  }
  return root;
}

const key = async (out: string) =>
  (await moduleKey(machine()).run(new Input(settings, {}, { out }))).json as { kid: string };
const sign = (root: string, file: string, typed?: string) =>
  moduleSign(machine(typed)).run(new Input(settings, { folder: root }, { key: file }));

describe("a publisher's key", () => {
  test("signs a built package, and the package then verifies as its publisher's", async () => {
    const root = module();
    const file = join(folder(), "publisher.key");
    const { kid } = await key(file);
    expect((await sign(root, file)).json).toMatchObject({ id: "probe", publisher: kid });
    const { publisher } = verifyPackage(await readPackageFolder(join(root, "package")));
    expect(publisher?.kid).toBe(kid);
    // Once more, by another: the publisher is whoever has signed last.
    const other = join(folder(), "other.key");
    const next = await key(other);
    await sign(root, other);
    expect(verifyPackage(await readPackageFolder(join(root, "package"))).publisher?.kid).toBe(next.kid);
  });

  test("signs nothing that was altered after the build, and nothing that was not built", async () => {
    const file = join(folder(), "publisher.key");
    await key(file);
    const altered = module();
    writeFileSync(join(altered, "package/dist/module.js"), "export default { run: steal };");
    expect(await codeOf(() => sign(altered, file))).toBe("module-file-altered");
    const more = module();
    writeFileSync(join(more, "package/extra.js"), "");
    expect(await codeOf(() => sign(more, file))).toBe("module-file-unlisted");
    expect(await codeOf(() => sign(moduleFolder({ "src/index.ts": "" }), file))).toBe(
      "module-source-missing",
    );
  });

  test("is no witness's key, opens with its own passphrase, and replaces no file", async () => {
    const place = folder();
    const file = join(place, "publisher.key");
    await key(file);
    expect(await codeOf(() => sign(module(), file, "another passphrase"))).toBe("key-file-refused");
    const witness = join(place, "witness.key");
    writeNew(witness, newWitnessKey(Secret.from(utf8(PASSPHRASE)), "2026-11-25T12:00:00.000Z").file, false);
    expect(await codeOf(() => sign(module(), witness))).toBe("key-file-foreign");
    expect(await codeOf(() => key(file))).toBe("file-exists");
  });
});
