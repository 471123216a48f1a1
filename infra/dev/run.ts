// A Sigil for work on Sigil: development build, a home and ports of its own, samples, and a restart whenever a source changes.
// Usage: npm run dev [-- --reset]; options: --folder <folder>, --set <section.key=value>, --no-watch
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync, watch } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../publish/manifest.ts";
import { type App, affectedApps } from "./changes.ts";
import { makeSamples, samplesOf, sigilOf, WITNESSES } from "./samples.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    folder: { type: "string", default: join(ROOT, ".sigil/dev") },
    set: { type: "string", multiple: true, default: [] },
    reset: { type: "boolean", default: false },
    watch: { type: "boolean", default: true },
  },
});
const folder = resolve(values.folder);
const home = join(folder, "home");
// Only a folder that this command made is ever removed.
if (values.reset && existsSync(folder)) {
  if (!existsSync(join(folder, "apps/cli/package.json"))) {
    console.error(
      `error: not-a-profile: ${folder} holds no development profile\nremedy: Name the folder of one, or remove it by hand.`,
    );
    process.exit(2);
  }
  rmSync(folder, { recursive: true });
}

// Nothing of the user's own Sigil reaches this one; the bypass alone may be asked for.
const { SIGIL_DEVELOPMENT_BYPASS: bypass, ...others } = process.env;
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith("SIGIL_"))),
  ...(bypass === undefined ? {} : { SIGIL_DEVELOPMENT_BYPASS: bypass }),
};
// Beside a runtime of the user's own, on ports of its own.
const sets = ["sigilderg.port=7500", "mmf.port=7501", "codex_nexus.port=7502", ...values.set].flatMap(
  (set) => ["--set", set],
);

/** Whether the bundles could be made; what keeps them from it is printed. */
function build(apps: readonly App[]): boolean {
  const words = [join(ROOT, "infra/build.mjs"), "development", folder, ...apps];
  return spawnSync(process.execPath, words, { stdio: ["ignore", 2, 2] }).status === 0;
}

let supervisor: ChildProcess | undefined;
let ended: Promise<unknown> = Promise.resolve();
let door = "";

/** Starts the three services and resolves when they are ready; false when they could not be. */
function start(): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [join(folder, "apps/cli/dist/sigil.js"), "start", "--home", home, "--json", ...sets],
    {
      env,
      stdio: ["ignore", "pipe", "inherit"],
      // Ctrl-C reaches this process alone, which stops that one.
      detached: process.platform !== "win32",
    },
  );
  supervisor = child;
  ended = new Promise((done) => child.once("exit", done));
  return new Promise((done) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      door = /"name": "sigilderg",\s*"url": "([^"]+)"/.exec(said)?.[1] ?? door;
      if (/"event": "ready"[\s\S]*^}$/m.test(said)) done(true);
    });
    child.once("exit", () => done(false));
  });
}

async function stop(): Promise<void> {
  supervisor?.kill("SIGINT");
  await ended;
}

const shown = (path: string) => relative(process.cwd(), path) || ".";

function welcome(): void {
  const { licences, witnesses, passphrase } = samplesOf(folder);
  console.log(`
Sigil for development is ready: ${door}

  home       ${shown(home)}
  licences   ${shown(licences)}/{guest,observer,operator,mentor,root}.jwt
  witnesses  ${shown(witnesses)}/{${WITNESSES.join(",")}}.key, passphrase in ${shown(passphrase)}
  logs       ${shown(join(home, "logs"))}

Try, in another terminal:
  alias dev="node ${shown(join(folder, "apps/cli/dist/sigil.js"))} --home ${shown(home)}"
  dev memory list
  dev audit list
  dev memory write "by an observer" --licence ${shown(licences)}/observer.jwt
  dev quorum enter ${WITNESSES.map((name) => `${shown(witnesses)}/${name}.key.proof.json`).join(" ")}

A change of a source file builds what holds it and starts again. Ctrl-C ends it; npm run dev -- --reset begins anew.`);
}

let asked = false;
const ending = new Promise<void>((done) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      asked = true;
      done();
    });
});

/** Changes that came while one was handled are handled together after it. */
const changed = new Set<App>();
let working = false;
async function restart(): Promise<void> {
  if (working) return;
  working = true;
  while (changed.size > 0 && !asked) {
    const apps = [...changed];
    changed.clear();
    const began = performance.now();
    // What runs goes on until there is something to take its place. Built beside it, since bundles are read at a start alone.
    if (!build(apps)) console.log("not built; what ran before goes on");
    else {
      await stop();
      const up = await start();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(
        up ? `restarted with ${apps.join(", ")} in ${seconds} s` : "not started; correct it and save",
      );
    }
  }
  working = false;
}

if (!build([])) process.exit(1);
if (!(await start())) process.exit(1);
await makeSamples(folder, sigilOf(folder, env), join(ROOT, "docs/examples/rust/orders.rs"));
if (values.watch)
  for (const top of ["packages", "apps"])
    watch(join(ROOT, top), { recursive: true }, (_, file) => {
      if (file === null) return;
      for (const app of affectedApps(join(top, file))) changed.add(app);
      if (changed.size > 0) setTimeout(() => void restart(), 100);
    });
welcome();
await Promise.race([ending, values.watch ? ending : ended]);
await stop();
process.exit(0);
