import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundle } from "../../src/store/author/bundle.ts";
import { folder } from "../place.ts";
import { moduleFolder, source } from "./module.ts";

/** A module that begins with these lines, and what its build is refused for. */
async function refusal(first: string, prepare: (root: string) => void = () => undefined) {
  const root = moduleFolder({ "src/index.ts": first + source("[]", "") });
  prepare(root);
  return await bundle(root).then(
    () => ({ code: "built", message: "" }),
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  );
}

/** A folder that a module's author did not mean to publish. */
function secrets(): string {
  const place = folder();
  writeFileSync(join(place, "creds.json"), '{ "key": "k3y" }');
  writeFileSync(join(place, "id_ed25519"), "k3y");
  return place;
}

describe("a build", () => {
  test("names an import of Node, used or not, with file, line and column", async () => {
    for (const specifier of ["node:fs", "fs", "node:crypto", "child_process"])
      expect(await refusal(`\nimport { x } from "${specifier}";`)).toEqual({
        code: "module-import-node",
        message: `src/index.ts:2:19: ${specifier} is Node's, and a module runs without it`,
      });
  });

  test("names an import that leads nowhere, and a line that is no code", async () => {
    expect(await refusal('import x from "no-such-package";')).toMatchObject({
      code: "module-import-unresolved",
      message: expect.stringContaining('src/index.ts:1:15: "no-such-package"'),
    });
    expect(await refusal("const x = ;")).toEqual({
      code: "module-source-invalid",
      message: 'src/index.ts:1:11: Unexpected ";"',
    });
  });

  test("reads no file outside of the module, whether a path, a link or a package's name leads there", async () => {
    const place = secrets();
    const outside: [first: string, prepare: (root: string) => void][] = [
      [`import x from "${join(place, "creds.json").replaceAll("\\", "/")}";`, () => undefined],
      [
        'import x from "../../outside.json";',
        (root) => writeFileSync(join(root, "../outside.json"), '{ "key": "k3y" }'),
      ],
      [
        'import x from "./linked.json";',
        (root) => symlinkSync(join(place, "creds.json"), join(root, "src/linked.json")),
      ],
      [
        'import x from "tiny/creds.json";',
        (root) => symlinkSync(place, join(root, "node_modules/tiny"), "junction"),
      ],
      [
        'import x from "sneaky";',
        (root) => {
          const at = join(root, "node_modules/sneaky");
          mkdirSync(at);
          writeFileSync(join(at, "package.json"), '{ "name": "sneaky", "main": "index.js" }');
          writeFileSync(join(at, "index.js"), `export { default } from "../../../outside.json";`);
          writeFileSync(join(root, "../outside.json"), '{ "key": "k3y" }');
        },
      ],
      [
        'import x from "#own";',
        (root) => {
          const named = {
            name: "probe",
            version: "1.0.0",
            license: "MIT",
            imports: { "#own": "../outside.json" },
          };
          writeFileSync(join(root, "package.json"), JSON.stringify(named));
          writeFileSync(join(root, "../outside.json"), '{ "key": "k3y" }');
        },
      ],
      ['import x from "./key.bin";', (root) => writeFileSync(join(root, "src/key.bin"), "k3y")],
    ];
    for (const [first, prepare] of outside)
      expect((await refusal(first, prepare)).code, first).toMatch(/^module-import-(outside|unresolved)$/);
  });

  test("follows neither paths of the author's configuration nor another folder's", async () => {
    const place = secrets();
    const paths = { compilerOptions: { paths: { secret: [join(place, "creds.json")] } } };
    const refused = await refusal('import x from "secret";', (root) =>
      writeFileSync(join(root, "tsconfig.json"), JSON.stringify(paths)),
    );
    expect(refused.code).toBe("module-import-unresolved");
  });

  test("is the same wherever the module lies, and tells nothing of where that is", async () => {
    const files = {
      "src/index.ts": source("[]", "other();", 'import { other } from "./other.ts"; import "cjs";'),
      "src/other.ts": "export function other() { throw new Error('x'); }",
      "node_modules/cjs/package.json": '{ "name": "cjs", "main": "index.js" }',
      "node_modules/cjs/index.js": "module.exports = { a: 1 };",
    };
    const [one, two] = [await bundle(moduleFolder(files)), await bundle(moduleFolder(files))];
    expect(one).toEqual(two);
    expect(one.packages).toEqual(["@sigil/module-sdk", "cjs"]);
    expect(JSON.parse(one.map).sources).toEqual(
      expect.arrayContaining(["src/other.ts", "src/index.ts", "@sigil/module-sdk/src/define.ts"]),
    );
    for (const text of [one.code, one.map]) {
      expect(text).not.toContain("../");
      expect(text).not.toContain("node_modules");
    }
    expect(one.code).not.toMatch(/^\s*import\s|\brequire\(/m);
  });
});
