import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { randomBytes, toHex } from "@sigil/crypto";
import type { Staging } from "../domain/bootstrap.ts";
import { CliError } from "../domain/error.ts";
import { alive, born } from "./lock.ts";

const MARK = "run/bootstrap.json";

/**
 * A new folder `<home>.bootstrap-<random>`, readable by this user alone. With `secrets`, an empty or new folder elsewhere,
 * the machine secrets come to lie there and the home holds a link to it. Throws `home-not-writable`, `secrets-present`.
 */
export function stage(home: string, secrets?: string): Staging {
  const path = `${home}.bootstrap-${toHex(randomBytes(6))}`;
  try {
    mkdirSync(dirname(home), { recursive: true });
    mkdirSync(path, { mode: 0o700 });
    // An existing empty home is replaced, which needs the right to write into it as well.
    if (existsSync(home)) accessSync(home, constants.W_OK);
    if (secrets !== undefined) linkSecrets(path, secrets);
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error instanceof CliError ? error : notWritable(home, error);
  }
  const staging: Staging = {
    path,
    write: (relative, text) => writePrivate(path, relative, text),
    commit: () => commit(path, home),
    discard: () => {
      rmSync(path, { recursive: true, force: true });
      // The folder was empty when it was linked: what lies in it now was made for this home alone.
      if (secrets !== undefined) for (const name of readdirSync(secrets)) rmSync(join(secrets, name));
    },
  };
  for (const folder of ["logs", "data", "anchor"]) mkdirSync(join(path, folder), { mode: 0o700 });
  staging.write(MARK, JSON.stringify({ pid: process.pid, born: born(process.pid) }));
  return staging;
}

/** Throws `secrets-present` when something lies there already: secrets of another home are never written over. */
function linkSecrets(staging: string, secrets: string): void {
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  const [first] = readdirSync(secrets);
  if (first !== undefined)
    throw new CliError(
      "secrets-present",
      `${secrets} is not empty; it holds ${first}`,
      "Name an empty folder. If a first start was killed before it made its home, remove what it left there.",
    );
  accessSync(secrets, constants.W_OK);
  symlinkSync(secrets, join(staging, "secrets"), "junction");
}

function notWritable(home: string, error: unknown): CliError {
  const { code } = error as NodeJS.ErrnoException;
  return new CliError(
    "home-not-writable",
    `${home} cannot be made by this user (${code ?? String(error)})`,
    "Give this user write permission there, or choose another folder: SIGIL_HOME=… or --home ….",
    { cause: error },
  );
}

/** Folders above are made 0700 one by one, so that no umask decides; the file is 0600 and on the disk before we go on. */
function writePrivate(root: string, relative: string, text: string): void {
  const steps = relative.split("/").slice(0, -1);
  let folder = root;
  for (const step of steps) {
    folder = join(folder, step);
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  }
  const file = openSync(join(root, relative), "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function commit(path: string, home: string): void {
  rmSync(join(path, MARK));
  tighten(path);
  for (const folder of [path, join(path, "keys"), join(path, "secrets"), join(path, "licences")])
    syncFolder(folder);
  try {
    if (existsSync(home)) rmdirSync(home);
    renameSync(path, home);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST")
      throw new CliError(
        "home-not-sigil",
        `something else was put into ${home} meanwhile`,
        "Start again: the runtime that is there now will be used.",
      );
    throw notWritable(home, error);
  }
  syncFolder(dirname(home));
}

/** Whatever the store wrote into the folder is private too, whichever umask its process had. */
function tighten(folder: string): void {
  if (process.platform === "win32") return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      chmodSync(path, 0o700);
      tighten(path);
    } else if (entry.isFile()) chmodSync(path, 0o600);
  }
}

/** Makes the names in a folder durable, where the platform can. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Folders that ceremonies left which were killed half-way. Those of a living process are not among them. */
export function leftovers(home: string): string[] {
  const parent = dirname(home);
  return namesIn(parent)
    .filter((name) => name.startsWith(`${basename(home)}.bootstrap-`) && /-[0-9a-f]{12}$/.test(name))
    .map((name) => join(parent, name))
    .filter((folder) => lstatSync(folder).isDirectory() && !ownerAlive(folder));
}

/** Nothing where the folder is not there, or where this user may not look: then nothing of this user's lies there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Removes them; answers the folders. */
export function sweep(home: string): string[] {
  const swept = leftovers(home);
  for (const folder of swept) rmSync(folder, { recursive: true, force: true });
  return swept;
}

function ownerAlive(folder: string): boolean {
  try {
    const { pid, born: since } = JSON.parse(readFileSync(join(folder, MARK), "utf8"));
    return alive(pid, since);
  } catch {
    // Younger than its mark, or past it: a minute is more than either takes.
    return Date.now() - lstatSync(folder).mtimeMs < 60_000;
  }
}
