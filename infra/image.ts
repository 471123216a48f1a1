// Builds the container image from what was built and checked here: bundles, the pinned Node, the store's native addon.
// Nothing is fetched or compiled inside. Usage: node infra/image.ts [--base IMAGE] [--tag NAME] [--context FOLDER]
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./publish/manifest.ts";
import { shipNative, shipTree } from "./publish/tree.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "apps/cli/package.json"), "utf8")) as {
  version: string;
};
const { values } = parseArgs({
  options: {
    base: { type: "string" },
    tag: { type: "string", default: `localhost/sigil:${version}` },
    /** Leaves the build context here and builds nothing. */
    context: { type: "string" },
    engine: { type: "string" },
  },
});

function refuse(code: string, message: string, remedy: string): never {
  console.error(`error: ${code}: ${message}\nremedy: ${remedy}`);
  process.exit(2);
}

/** Everything that the image holds beside its base. */
function fill(folder: string): void {
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const node = join(ROOT, `node_modules/node-linux-${arch}/bin/node`);
  if (!existsSync(node))
    refuse(
      "node-for-linux-missing",
      `${node} is not installed`,
      "Build the image on Linux: the pinned Node of that platform goes into it.",
    );
  shipTree(join(folder, "sigil"));
  shipNative(join(folder, "sigil"), `linux-${arch}`);
  mkdirSync(join(folder, "empty"), { mode: 0o700 });
  mkdirSync(join(folder, "sigil/bin"));
  cpSync(node, join(folder, "sigil/bin/node"), { dereference: true });
}

/** The first container engine that answers. */
function engine(): string {
  const asked = values.engine === undefined ? ["docker", "podman"] : [values.engine];
  const found = asked.find((name) => spawnSync(name, ["info"], { stdio: "ignore" }).status === 0);
  return (
    found ??
    refuse(
      "engine-missing",
      `${asked.join(" and ")} cannot be reached`,
      "Install Docker or Podman, or take the context with --context <folder> to a machine that has one.",
    )
  );
}

if (values.context !== undefined) {
  const folder = resolve(values.context);
  if (existsSync(folder)) refuse("context-present", `${folder} exists`, "Name a new folder.");
  fill(folder);
  console.log(`context: ${folder}`);
} else {
  const builder = engine();
  const context = mkdtempSync(join(tmpdir(), "sigil-image-"));
  try {
    fill(context);
    // The user that runs this owns the secrets that the services read, so the image's user is the same one.
    const uid = process.getuid?.() || 10_001;
    const args = ["build", "--file", join(ROOT, "infra/Dockerfile"), "--tag", values.tag];
    args.push("--build-arg", `SIGIL_UID=${uid}`);
    if (values.base !== undefined) args.push("--build-arg", `BASE=${values.base}`);
    if (builder === "podman") args.push("--format", "docker");
    const { status } = spawnSync(builder, [...args, context], { stdio: ["ignore", 2, 2] });
    if (status !== 0) process.exit(status ?? 1);
    console.log(values.tag);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
