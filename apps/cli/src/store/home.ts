import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../domain/error.ts";
import { layout } from "../domain/home.ts";

/** `fresh`: absent or empty, so that a runtime may be made there. `sigil`: a runtime is there. */
export type HomeState = "fresh" | "sigil";

const NEEDED = ["keys/registry.json", "keys/codex-nexus/root.key", "secrets/codex-nexus.secret"];
const PARTS = ["keys", "secrets", "data", "anchor"];

/** Files that say which version of their format they are, and the newest that this command knows. */
const VERSIONED = { "trust.json": 1, "keys/registry.json": 1 } as const;

/**
 * What lies at `home`. Throws `home-not-sigil` for anything that is not ours, `home-incomplete` for part of a runtime,
 * `home-newer` for one of a newer version of Sigil, and `home-not-writable` where it cannot even be read.
 */
export function inspect(home: string): HomeState {
  const info = statSync(home, { throwIfNoEntry: false });
  if (info === undefined) return "fresh";
  if (!info.isDirectory())
    throw new CliError("home-not-sigil", `${home} is a file`, "Name a folder: SIGIL_HOME=… or --home ….");
  let names: string[];
  try {
    names = readdirSync(home);
  } catch (error) {
    throw new CliError(
      "home-not-writable",
      `${home} cannot be read by this user (${(error as NodeJS.ErrnoException).code})`,
      "Run as the user that owns it, or choose another folder: SIGIL_HOME=… or --home ….",
    );
  }
  if (names.length === 0) return "fresh";
  const missing = NEEDED.filter((path) => !existsSync(join(home, path)));
  requireKnownVersion(home);
  if (names.includes("trust.json") && missing.length === 0) return "sigil";
  if (names.includes("trust.json") || PARTS.filter((part) => names.includes(part)).length >= 2)
    throw new CliError(
      "home-incomplete",
      `${home} holds part of a runtime; missing: ${[...(names.includes("trust.json") ? [] : ["trust.json"]), ...missing].join(", ")}`,
      "Restore the missing files from a backup, or move the folder away and start again for a new runtime.",
    );
  throw new CliError(
    "home-not-sigil",
    `${home} is not empty and not a Sigil home (it holds ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`,
    "Choose an empty or new folder: SIGIL_HOME=… or --home ….",
  );
}

function requireKnownVersion(home: string): void {
  for (const [path, known] of Object.entries(VERSIONED)) {
    let version: unknown;
    try {
      version = (JSON.parse(readFileSync(join(home, path), "utf8")) as { v?: unknown }).v;
    } catch {
      // Not there, or damaged: whoever needs it says so.
    }
    if (typeof version === "number" && version > known)
      throw new CliError(
        "home-newer",
        `${join(home, path)} has version ${version}; this command knows versions up to ${known}`,
        "Run the version of Sigil that wrote it, or a newer one; nothing was changed.",
      );
  }
}

/** Returns when a runtime is there. Throws `home-missing` too. */
export function requireHome(home: string): void {
  if (inspect(home) === "fresh")
    throw new CliError(
      "home-missing",
      `there is no runtime at ${home}`,
      "Make one with `npm start` (or `sigil start`), or name its folder: --home ….",
    );
}

/** Makes sure that a start can write where it must, before anything is started. Throws `home-not-writable`. */
export function requireWritable(home: string): void {
  const { logs, run } = layout(home);
  for (const folder of [home, logs, run])
    try {
      if (folder !== home) mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CliError(
        "home-not-writable",
        `${folder} cannot be written by this user (${(error as NodeJS.ErrnoException).code})`,
        `Give this user back its rights: chmod u+rwx ${folder}`,
      );
    }
}
