// The packages as strangers get them: packed, judged by publint and attw, installed into an empty project without a
// network, type-checked and used there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { PUBLISHED, publishedManifest, ROOT, readManifest } from "../publish/manifest.ts";
import { type Packed, pack } from "../publish/pack.ts";

const scratch = mkdtempSync(join(tmpdir(), "sigil-published-"));
const findings: string[] = [];

async function judge({ name, folder, tarball }: Packed): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: false });
  for (const message of messages) findings.push(`${name}: publint: ${formatMessage(message, pkg)}`);
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (!analysis.types) findings.push(`${name}: attw: no types`);
  else
    for (const problem of analysis.problems) {
      // ES modules only: what require() and readers without "exports" cannot do is meant.
      const resolution = "resolutionKind" in problem ? problem.resolutionKind : undefined;
      if (resolution === "node10" || resolution === "node16-cjs") continue;
      findings.push(`${name}: attw: ${JSON.stringify(problem)}`);
    }
}

/** Where a third-party dependency of a package lies, so that its version needs no network. */
function folderOf(name: string, dependency: string): string {
  const require = createRequire(join(ROOT, "packages", name, "package.json"));
  let at = dirname(
    require.resolve(
      name === "crypto" && dependency === "@noble/hashes" ? `${dependency}/sha2.js` : dependency,
    ),
  );
  while (!at.endsWith(join("node_modules", dependency))) at = dirname(at);
  return at;
}

const USE = `
import assert from "node:assert/strict";
import { aeadOpen, aeadSeal, AeadKey, generateSeed, signingKey, utf8, type VerifyKey } from "@sigil/crypto";
import * as portable from "@sigil/crypto/portable";
import { canonicalize, CanonError, parseJson, type Json } from "@sigil/canon";
import * as portableCanon from "@sigil/canon/portable";
import { actionRow } from "@sigil/policy";
import { defineModule, ruleZero } from "@sigil/module-sdk";

const seed = generateSeed();
const key = signingKey(seed);
const verifier: VerifyKey = portable.verifyKey(key.publicKey.raw);
verifier.verify(utf8("message"), key.sign(utf8("message")));
const aead = AeadKey.from(seed);
assert.deepEqual(aeadOpen(aead, aeadSeal(aead, utf8("row"), ["X"]), ["X"]), utf8("row"));
const value: Json = parseJson('{"b":1e3,"a":"\\\\u20ac"}');
assert.equal(canonicalize(value), portableCanon.canonicalize(value));
assert.throws(() => parseJson('{"a":1,"a":2}'), CanonError);
assert.equal(actionRow("memory.write").action, "memory.write");
assert.equal(typeof defineModule, "function");
assert.equal(typeof ruleZero, "function");
console.log("used");
`;

function use(packed: readonly Packed[]): void {
  const folder = join(scratch, "project");
  mkdirSync(folder);
  const thirdParty = PUBLISHED.flatMap((name) =>
    Object.keys(readManifest(name).dependencies ?? {})
      .filter((dependency) => !dependency.startsWith("@sigil/"))
      .map((dependency) => [dependency, `file:${folderOf(name, dependency)}`]),
  );
  const ours = packed.map(({ name, tarball }) => [`@sigil/${name}`, `file:${tarball}`]);
  const dependencies = Object.fromEntries([...thirdParty, ...ours]);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies }),
  );
  writeFileSync(join(folder, "use.ts"), USE);
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
  run("npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--install-links=false");
  const types = [
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--target",
    "es2024",
    "--types",
    "node",
    "--typeRoots",
    join(ROOT, "node_modules/@types"),
  ];
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const)
    run(
      process.execPath,
      join(ROOT, "node_modules/typescript/bin/tsc"),
      ...types,
      "--module",
      module,
      "--moduleResolution",
      resolution,
      "use.ts",
    );
  if (run(process.execPath, "use.ts").trim() !== "used") findings.push("the installed packages do not work");
}

try {
  const packed = pack(scratch);
  for (const each of packed) await judge(each);
  use(packed);
  for (const finding of findings) console.error(finding);
  const sizes = packed.map(
    ({ name, tarball }) => `${name} ${publishedManifest(name).version} ${readFileSync(tarball).length} bytes`,
  );
  console.log(`published: ${sizes.join(", ")}; ${findings.length} findings`);
  process.exitCode = findings.length > 0 || packed.length !== PUBLISHED.length ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
