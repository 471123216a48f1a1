// The packages and the command as strangers get them: packed, judged by publint and attw, installed into an empty project
// without a network, type-checked and used there. The examples of their READMEs are files of that project.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { NATIVE, PUBLISHED, ROOT, readManifest } from "../publish/manifest.ts";
import { type Packed, pack, packCommand } from "../publish/pack.ts";

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
function folderOf(from: string, dependency: string): string {
  const require = createRequire(join(ROOT, from, "package.json"));
  let at = dirname(require.resolve(dependency === "@noble/hashes" ? `${dependency}/sha2.js` : dependency));
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

/** READMEs whose examples need nothing but the packages; that of canon reads a bundle, and its own test runs it. */
const RUNNABLE = ["crypto", "policy", "module-sdk"] as const;

/** The TypeScript examples of a README, in the order of the page. */
function examplesOf(name: string): string {
  const text = readFileSync(join(ROOT, "packages", name, "README.md"), "utf8");
  const examples = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  if (examples.length === 0) findings.push(`${name}: its README shows no example`);
  return examples.join("\n");
}

function use(packed: readonly Packed[]): void {
  const folder = join(scratch, "project");
  mkdirSync(folder);
  const thirdParty = PUBLISHED.flatMap((name) =>
    Object.keys(readManifest(name).dependencies ?? {})
      .filter((dependency) => !dependency.startsWith("@sigil/"))
      .map((dependency) => [dependency, `file:${folderOf(`packages/${name}`, dependency)}`]),
  );
  const native = folderOf("apps/codex-nexus", NATIVE);
  const ours = packed.map(({ name, tarball }) => [`@sigil/${name}`, `file:${tarball}`]);
  const dependencies = Object.fromEntries([...thirdParty, [NATIVE, `file:${native}`], ...ours]);
  writeFileSync(
    join(folder, "package.json"),
    // An exact version is asked for from a registry unless it is overridden by the folder.
    JSON.stringify({ private: true, type: "module", dependencies, overrides: { [NATIVE]: `$${NATIVE}` } }),
  );
  writeFileSync(join(folder, "use.ts"), USE);
  for (const name of RUNNABLE) writeFileSync(join(folder, `${name}.ts`), examplesOf(name));
  // Nothing of this machine's Sigil reaches the project.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_")));
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, {
      cwd: folder,
      encoding: "utf8",
      env,
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
      ...RUNNABLE.map((name) => `${name}.ts`),
    );
  if (run(process.execPath, "use.ts").trim() !== "used") findings.push("the installed packages do not work");
  for (const name of RUNNABLE) run(process.execPath, `${name}.ts`);
  useCommand((...words) =>
    run("node_modules/.bin/sigil", ...words, "--home", join(folder, "home"), "--json"),
  );
}

/** The installed command makes a runtime, which starts the installed store and its addon, and verifies it. */
function useCommand(sigil: (...words: string[]) => string): void {
  const founded = JSON.parse(sigil("bootstrap")) as { modules: { id: string }[] };
  if (!founded.modules.some(({ id }) => id === "rust-mentor"))
    findings.push("the installed command registers no rust-mentor");
  const report = JSON.parse(sigil("canon", "verify")) as { ok?: boolean; records?: number };
  if (report.ok !== true || !report.records)
    findings.push("the installed store does not verify what it holds");
}

try {
  const packages = pack(scratch);
  for (const each of packages) await judge(each);
  const all = [...packages, packCommand(scratch)];
  use(all);
  for (const finding of findings) console.error(finding);
  const sizes = all.map(({ name, tarball }) => `${name} ${readFileSync(tarball).length} bytes`);
  console.log(`published: ${sizes.join(", ")}; ${findings.length} findings`);
  process.exitCode = findings.length > 0 || packages.length !== PUBLISHED.length ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
