// Packs the packages that strangers may use as npm would publish them. Usage: node infra/publish/pack.ts <folder>
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { PUBLISHED, type Published, publishedManifest, ROOT } from "./manifest.ts";

/** One packed package: the folder that npm packed, and the tarball. */
export interface Packed {
  readonly name: Published;
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

/** Compiles and packs every published package into `out`. */
export function pack(out: string): Packed[] {
  const emitted = join(out, "emitted");
  emit(emitted);
  const packed = PUBLISHED.map((name) => {
    const folder = join(out, name);
    mkdirSync(folder, { recursive: true });
    cpSync(join(emitted, name, "src"), join(folder, "dist"), { recursive: true });
    cpSync(join(ROOT, "packages", name, "README.md"), join(folder, "README.md"));
    cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
    writeFileSync(join(folder, "package.json"), `${JSON.stringify(publishedManifest(name), null, 2)}\n`);
    const answer = execFileSync("npm", ["pack", "--json", "--pack-destination", out], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      shell: process.platform === "win32",
    });
    const filename = /"filename":\s*"([^"]+)"/.exec(answer)?.[1];
    if (filename === undefined) throw new Error(`npm pack of ${name} named no tarball`);
    return { name, folder, tarball: join(out, filename) };
  });
  rmSync(emitted, { recursive: true });
  return packed;
}

if (import.meta.filename === process.argv[1]) {
  const out = process.argv[2];
  if (out === undefined) throw new Error("publish: name the folder for the tarballs");
  for (const { tarball } of pack(resolve(out))) console.log(tarball);
}
