import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../publish/manifest.ts";
import { shipNative, shipTree } from "../publish/tree.ts";
import { StackError } from "./refusal.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "apps/cli/package.json"), "utf8")) as {
  version: string;
};
export const IMAGE = `localhost/sigil:${version}`;

/** Whoever builds the image owns the secrets that its services read, so its user is the same one; never root. */
export const IMAGE_UID = process.getuid?.() || 10_001;

/** Everything that the image holds beside its base. Throws `node-for-linux-missing`. */
export function fillContext(folder: string): void {
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const node = join(ROOT, `node_modules/node-linux-${arch}/bin/node`);
  if (!existsSync(node))
    throw new StackError(
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

/** `docker` or `podman`, whichever answers first. Throws `engine-missing`. */
export function engine(): "docker" | "podman" {
  const found = (["docker", "podman"] as const).find(
    (name) => spawnSync(name, ["ps", "--quiet"], { stdio: "ignore" }).status === 0,
  );
  if (found !== undefined) return found;
  throw new StackError(
    "engine-missing",
    "neither docker nor podman can be reached",
    "Install one and start it; docs/guides/containers.md says what was tried.",
  );
}

/** Builds the image from what was built and checked here. Nothing is fetched but its base, nothing compiled or run. */
export function buildImage(base: string | undefined): void {
  const builder = engine();
  const context = mkdtempSync(join(tmpdir(), "sigil-image-"));
  try {
    fillContext(context);
    const args = ["build", "--file", join(ROOT, "infra/Dockerfile"), "--tag", IMAGE];
    args.push("--build-arg", `SIGIL_UID=${IMAGE_UID}`);
    if (base !== undefined) args.push("--build-arg", `BASE=${base}`);
    // Health checks are part of Docker's format alone.
    if (builder === "podman") args.push("--format", "docker");
    if (spawnSync(builder, [...args, context], { stdio: ["ignore", 2, 2] }).status !== 0)
      throw new StackError(
        "image-not-built",
        `${builder} build failed; what it says stands above`,
        "Correct what it names. Without a network, import a Debian tree and name it: --base <image>.",
      );
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
