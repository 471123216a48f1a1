// Bundles one app with what belongs to it, or all apps through turbo, which builds what has changed.
// Usage: node infra/build.mjs codex-nexus | sigilderg | mmf | cli | all
//        node infra/build.mjs development|production <folder> [app…]   apps with that profile, in <folder>/apps
import { spawn } from "node:child_process";
import { existsSync, lstatSync } from "node:fs";
import { cp, link, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

// CommonJS dependencies inside an ES module bundle still call require for Node's own modules.
const requireBanner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/**
 * Builds the whole dist folder of an app beside the present one and then takes its place: a process that starts
 * meanwhile finds the one or the other, never a part.
 */
async function replaceDist(appDir, fill) {
  const next = join(appDir, `dist.next-${process.pid}`);
  const last = join(appDir, `dist.last-${process.pid}`);
  try {
    await fill(next);
    if (existsSync(join(appDir, "dist"))) await rename(join(appDir, "dist"), last);
    await rename(next, join(appDir, "dist"));
  } finally {
    await rm(next, { recursive: true, force: true });
    await rm(last, { recursive: true, force: true });
  }
}

/** Whether what only a development build may hold is built in. */
let development = false;

/** One self-contained ES module per entry; native addons stay outside. */
async function bundle(app, entries, outdir) {
  await build({
    absWorkingDir: join(root, "apps", app),
    entryPoints: entries,
    outdir,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    // Drops what a constant leaves unreachable; names stay as they are written.
    minifySyntax: true,
    // The compilers of an author's modules are as large as everything else together, and loaded when one is built.
    external: ["better-sqlite3", "esbuild", "typescript"],
    banner: { js: requireBanner },
    define: { "globalThis.SIGIL_DEVELOPMENT_BUILD": String(development) },
    logLevel: "warning",
  });
}

/** A signed package folder of a built-in module, as anybody else's is. */
async function buildModule(id, dist) {
  const source = join(root, "apps/mmf/modules", id);
  const out = join(dist, "modules", id);
  await mkdir(join(out, "dist"), { recursive: true });
  await build({
    absWorkingDir: source,
    entryPoints: { module: "src/index.ts" },
    outdir: join(out, "dist"),
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    format: "esm",
    legalComments: "none",
    logLevel: "warning",
  });
  const draft = JSON.parse(await readFile(join(source, "sigil.module.json"), "utf8"));
  const content = new Map([["dist/module.js", await readFile(join(out, "dist/module.js"))]]);
  // What a module rests on travels with it: genesis records the guidance, and the manifest's digest covers it.
  if (existsSync(join(source, "guidance.json")))
    content.set("guidance.json", await readFile(join(source, "guidance.json")));
  const { sealPackage } = await fromSource("packages/wire/src/module-package/index.ts");
  for (const [path, bytes] of sealPackage(draft, content, await publisherKey()))
    await writeFile(join(out, path), bytes);
}

/** Modules of this repository, which Node runs as they are written. */
function fromSource(path) {
  if (Number(process.versions.node.split(".")[0]) >= 24) return import(pathToFileURL(join(root, path)).href);
  throw new Error(
    `build: Node ${process.versions.node} runs this; use the Node of node_modules/.bin, which pnpm puts first on PATH`,
  );
}

/**
 * The key that signs the built-in modules: the PKCS#8 file that SIGIL_PUBLISHER_KEY names, or this checkout's own, drawn by
 * its first build. A runtime pins at its bootstrap whichever has signed the modules that it finds.
 */
async function publisherKey() {
  const { generateSeed, seedFromPem, seedToPem, signingKey } = await fromSource(
    "packages/crypto/src/index.ts",
  );
  const own = join(root, ".sigil/publisher.pem");
  const path = process.env.SIGIL_PUBLISHER_KEY || own;
  if (path === own && !existsSync(own)) {
    const next = `${own}.${process.pid}`;
    await mkdir(dirname(own), { recursive: true, mode: 0o700 });
    await writeFile(next, seedToPem(generateSeed()).reveal(), { mode: 0o600 });
    // Another build may have been first: its key stays.
    await link(next, own).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(next);
  }
  return signingKey(seedFromPem(await readFile(path, "utf8")));
}

/** The executor, its runner, the engine and every built-in module. */
async function buildMmf(dist) {
  await bundle("mmf", { mmf: "src/main.ts", runner: "src/sandbox/runner.ts" }, dist);
  const fromMmf = createRequire(join(root, "apps/mmf/package.json"));
  await cp(fromMmf.resolve("quickjs-wasi/quickjs.wasm"), join(dist, "quickjs.wasm"));
  for (const entry of await readdir(join(root, "apps/mmf/modules"), { withFileTypes: true })) {
    if (entry.isDirectory()) await buildModule(entry.name, dist);
  }
}

/** The command, the template of a module, and the SDK as a package that every module's folder gets a copy of. */
async function buildCli(dist) {
  await bundle("cli", { sigil: "src/main.ts" }, dist);
  await cp(join(root, "apps/cli/template"), join(dist, "template"), { recursive: true });
  const sdk = join(root, "packages/module-sdk");
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const { emitSkipped } = ts
    .createProgram([join(sdk, "src/index.ts")], {
      ...options,
      types: [],
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      noEmit: false,
      declaration: true,
      rootDir: join(sdk, "src"),
      outDir: join(dist, "module-sdk/dist"),
    })
    .emit();
  if (emitSkipped) throw new Error("build: the module SDK does not compile");
  const {
    publishConfig,
    private: _,
    ...manifest
  } = JSON.parse(await readFile(join(sdk, "package.json"), "utf8"));
  await writeFile(
    join(dist, "module-sdk/package.json"),
    `${JSON.stringify({ ...manifest, ...publishConfig }, null, 2)}\n`,
  );
  await cp(join(sdk, "README.md"), join(dist, "module-sdk/README.md"));
  await cp(join(root, "LICENSE"), join(dist, "module-sdk/LICENSE"));
}

/**
 * Everything that has changed. What turbo prints goes to standard error: `npm run -s demo -- --json` and the
 * benchmarks answer JSON and nothing else on standard output.
 */
function buildAll() {
  const turbo = spawn(
    "turbo",
    ["run", "build", "--output-logs=errors-only", "--log-order=grouped", "--no-update-notifier"],
    {
      cwd: root,
      stdio: ["ignore", process.stderr, process.stderr],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
      shell: process.platform === "win32",
    },
  );
  return new Promise((resolve, reject) => {
    turbo.once("error", reject);
    turbo.once("close", (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

const APPS = {
  "codex-nexus": (dist) =>
    bundle(
      "codex-nexus",
      {
        "codex-nexus": "src/main.ts",
        "commit-thread": "src/store/commit-thread.ts",
        "seal-thread": "src/store/seal-thread.ts",
        "verify-worker": "src/verify-worker.ts",
      },
      dist,
    ),
  sigilderg: (dist) => bundle("sigilderg", { sigilderg: "src/main.ts" }, dist),
  mmf: buildMmf,
  cli: buildCli,
};

/** A tree of its own, so that no folder that is shipped ever holds a development build, however briefly. */
async function buildTree(profile, folder, apps) {
  development = profile === "development";
  for (const [app, fill] of Object.entries(APPS)) {
    if (apps.length > 0 && !apps.includes(app)) continue;
    const to = join(folder, "apps", app);
    await mkdir(to, { recursive: true });
    await replaceDist(to, fill);
    await cp(join(root, "apps", app, "package.json"), join(to, "package.json"));
    const native = join(root, "apps", app, "node_modules");
    const linked = lstatSync(join(to, "node_modules"), { throwIfNoEntry: false }) !== undefined;
    if (existsSync(native) && !linked) await symlink(native, join(to, "node_modules"), "junction");
  }
}

const [app, folder, ...some] = process.argv.slice(2);
if (app === "all") await buildAll();
else if (["development", "production"].includes(app) && folder !== undefined)
  await buildTree(app, resolve(folder), some);
else if (Object.hasOwn(APPS, app)) await replaceDist(join(root, "apps", app), APPS[app]);
else {
  console.error(
    `build: unknown app "${app}"; use ${Object.keys(APPS).join(", ")}, all, or development or production with a folder`,
  );
  process.exit(2);
}
