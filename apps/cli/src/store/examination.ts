import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, lstatSync, readdirSync, statfsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Facts } from "../domain/doctor/facts.ts";
import { ENTRIES, OWNERS, secretPath } from "../domain/home.ts";

type File = Facts["files"][number];

/** Every file and folder of the home with its mode bits. A link is reported as what it leads to, and not walked into. */
export function filesOf(home: string): File[] {
  const uid = process.getuid?.();
  const found: File[] = [];
  const look = (path: string): void => {
    const own = lstatSync(path, { throwIfNoEntry: false });
    // The mode of a link says nothing: the secrets may lie in a folder of their own.
    const info = own?.isSymbolicLink() === true ? statSync(path, { throwIfNoEntry: false }) : own;
    if (info === undefined) return;
    found.push({
      path,
      folder: info.isDirectory(),
      mode: info.mode & 0o777,
      own: uid === undefined || info.uid === uid,
    });
    if (own?.isDirectory() === true) for (const name of readdirSync(path)) look(join(path, name));
  };
  look(home);
  return found;
}

/** The secrets that the user of this process can read, by their path in the home. */
export function readableSecrets(home: string): string[] {
  return OWNERS.map(secretPath).filter((path) => {
    try {
      accessSync(join(home, path), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What lies at the top of the home, or among its keys and secrets, and is none of a runtime's. `known`: paths of settings. */
export function foreignFiles(home: string, known: readonly string[]): string[] {
  const within = (folder: string, names: readonly string[]) =>
    readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !names.includes(name))
      .map(({ name }) => join(folder, name));
  const folders: readonly [string, readonly string[]][] = [
    [home, ENTRIES],
    [join(home, "keys"), ["registry.json", ...OWNERS]],
    [join(home, "secrets"), OWNERS.map((owner) => `${owner}.secret`)],
  ];
  return folders
    .filter(([folder]) => existsSync(folder))
    .flatMap(([folder, names]) => within(folder, names))
    .filter((path) => !known.some((each) => each === path || inside(each, path)));
}

/** Bytes that this user may still write where `path` is or would be; null when the system does not say. */
export function freeBytes(path: string): number | null {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder))
      try {
        const { bavail, bsize } = statfsSync(folder);
        return bavail * bsize;
      } catch {
        return null;
      }
    if (folder === dirname(folder)) return null;
  }
}

/** The newest modification time in the home: the clock should not be behind it. */
export function newest(files: readonly File[]): string | null {
  const times = files.map(({ path }) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString();
}

/** A program on PATH, as a path; null when there is none. */
export function onPath(program: string, path: string | undefined): string | null {
  for (const folder of (path ?? "").split(":")) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Why bubblewrap cannot make the namespaces that runners need, in its own words; null when it can. */
export function refusalOf(bwrap: string): string | null {
  const args = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", process.execPath, "--version"];
  const { status, stderr, error } = spawnSync(bwrap, args, { encoding: "utf8", timeout: 10_000 });
  if (status === 0) return null;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `it ended with status ${status}`);
}

/** Whether `inner` is `outer` or lies in it. */
export function inside(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return !path.startsWith("..") && path !== inner;
}
