// Packs what strangers may use as npm would publish it. Usage: node infra/publish/pack.ts <folder> [--tag v<version>]
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import ts from "typescript";
import { commandManifest, PUBLISHED, type Published, publishedManifest, ROOT } from "./manifest.ts";
import { shipTree } from "./tree.ts";

/** One packed package: the folder that npm packed, and the tarball. */
export interface Packed {
  readonly name: Published | "cli";
  readonly folder: string;
  readonly tarball: string;
}

/** ES modules and declarations of all packages at once, so that each sees the types of the others. */
function emit(outDir: string): void {
  const configPath = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(configPath, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const sources = PUBLISHED.flatMap((name) =>
    ts.sys.readDirectory(join(ROOT, "packages", name, "src"), [".ts"], undefined, undefined),
  );
  const program = ts.createProgram(sources, {
    ...options,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    noEmit: false,
    declaration: true,
    rootDir: join(ROOT, "packages"),
    outDir,
  });
  const { diagnostics } = program.emit();
  const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (all.length > 0)
    throw new Error(
      ts.formatDiagnostics(all, {
        getCanonicalFileName: (file) => file,
        getCurrentDirectory: () => ROOT,
        getNewLine: () => "\n",
      }),
    );
}

/** Packs one folder, which is all that the package holds. */
function packed(name: Packed["name"], folder: string, manifest: object, out: string): Packed {
  const source = name === "cli" ? "apps/cli" : `packages/${name}`;
  cpSync(join(ROOT, source, "README.md"), join(folder, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const answer = execFileSync("npm", ["pack", "--json", "--pack-destination", out], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    shell: process.platform === "win32",
  });
  const filename = /"filename":\s*"([^"]+)"/.exec(answer)?.[1];
  if (filename === undefined) throw new Error(`npm pack of ${name} named no tarball`);
  return { name, folder, tarball: join(out, filename) };
}

/** Compiles and packs every published package into `out`. */
export function pack(out: string): Packed[] {
  const emitted = join(out, "emitted");
  emit(emitted);
  const all = PUBLISHED.map((name) => {
    const folder = join(out, name);
    mkdirSync(folder, { recursive: true });
    cpSync(join(emitted, name, "src"), join(folder, "dist"), { recursive: true });
    return packed(name, folder, publishedManifest(name), out);
  });
  rmSync(emitted, { recursive: true });
  return all;
}

/** Packs the command with its services and modules, from what was built, into `out`. */
export function packCommand(out: string): Packed {
  const folder = join(out, "cli");
  shipTree(folder);
  return packed("cli", folder, commandManifest(), out);
}

if (import.meta.filename === process.argv[1]) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { tag: { type: "string" } } });
  const [folder] = positionals;
  if (folder === undefined) throw new Error("publish: name the folder for the tarballs");
  const out = resolve(folder);
  const manifests = [...PUBLISHED.map(publishedManifest), commandManifest()];
  for (const { name, version } of manifests as { name: string; version: string }[])
    if (values.tag !== undefined && values.tag !== `v${version}`)
      throw new Error(
        `publish: the tag is ${values.tag} and ${name} has version ${version}; run npm run changeset -- version`,
      );
  mkdirSync(out, { recursive: true });
  for (const { folder: filled, tarball } of [...pack(out), packCommand(out)]) {
    rmSync(filled, { recursive: true });
    console.log(tarball);
  }
}
