import {
  cpSync,
  existsSync,
  type FSWatcher,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch as watchFolder,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type PackageFiles, readPackageFolder } from "@sigil/wire/module-package";
import { ENTRY, type ModuleSource, moduleSource } from "../../domain/author/source.ts";
import { CliError } from "../../domain/error.ts";
import { readRegular } from "../files.ts";

/** Bytes of a case file, and how many there are at most. */
const MAX_CASES = 1024 * 1024;
const MAX_CASE_FILES = 64;
/** A burst of saves is one change. Milliseconds. */
const SETTLE_MS = 60;

/** Text files of the template, by path; a leading dot is added where a package manager would drop the file. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

/**
 * Writes the template into `folder`, which must not exist, with `name` in the places that name the module. The types that the
 * module imports are copied beside it and linked as npm would link them.
 */
export function create(template: string, sdk: string, folder: string, name: string): readonly string[] {
  if (!existsSync(template) || !existsSync(sdk))
    throw new CliError(
      "not-built",
      `${template} or ${sdk} is missing`,
      "Run `npm start` once in the repository; it builds the command.",
    );
  try {
    // Fails where anything of that name is, a link that leads nowhere too: nothing is ever written into what is there.
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new CliError("file-exists", `${folder} exists`, "Choose another name, or take it away.");
    throw new CliError(
      "file-not-writable",
      `${folder} cannot be made (${code})`,
      "Go to a folder that this user may write.",
    );
  }
  const written: string[] = [];
  for (const entry of readdirSync(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    const path = from.slice(template.length + 1).replaceAll("\\", "/");
    const to = RENAMED[path] ?? path;
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    writeFileSync(join(folder, to), readFileSync(from, "utf8").replaceAll("{{name}}", name), { flag: "wx" });
    written.push(to);
  }
  cpSync(sdk, join(folder, "vendor/module-sdk"), { recursive: true });
  mkdirSync(join(folder, "node_modules/@sigil"), { recursive: true });
  symlinkSync("../../vendor/module-sdk", join(folder, "node_modules/@sigil/module-sdk"), "junction");
  return [...written, "vendor/module-sdk/"].toSorted();
}

/** The module in `folder`. Throws `module-source-missing`, `module-source-invalid`. */
export function source(folder: string): ModuleSource {
  for (const path of ["package.json", ENTRY])
    if (!existsSync(join(folder, path)))
      throw new CliError(
        "module-source-missing",
        `${folder} has no ${path}`,
        "Name the folder of a module, or make one: `sigil module new <name>`.",
      );
  const text = readRegular(join(folder, "package.json")).toString("utf8");
  return moduleSource(realpathSync(folder), text);
}

export function cases(folder: string): { path: string; text: string }[] {
  const place = join(folder, "cases");
  if (!existsSync(place)) return [];
  const names = readdirSync(place).filter((name) => name.endsWith(".json"));
  if (names.length > MAX_CASE_FILES)
    throw new CliError(
      "cases-invalid",
      `cases has ${names.length} files; at most ${MAX_CASE_FILES} are read`,
      "Put more cases into one file.",
    );
  return names.toSorted().map((name) => {
    const bytes = readRegular(join(place, name), (size) => {
      if (size > MAX_CASES)
        throw new CliError(
          "cases-invalid",
          `cases/${name} has ${size} bytes; at most ${MAX_CASES} are read`,
          "Split it.",
        );
    });
    return { path: `cases/${name}`, text: bytes.toString("utf8") };
  });
}

export async function built(folder: string): Promise<PackageFiles> {
  const place = join(folder, "package");
  if (existsSync(place)) return await readPackageFolder(place);
  throw new CliError(
    "module-source-missing",
    `${place} is not there`,
    "Build the module first: `sigil module build`.",
  );
}

/** The package beside its sources: whole or not at all, in place of the one before. */
export function write(folder: string, files: ReadonlyMap<string, Uint8Array>): string {
  const place = join(folder, "package");
  const next = join(folder, `.package.${process.pid}`);
  const last = join(folder, `.package.last.${process.pid}`);
  // A link of this name would have its target replaced.
  if (existsSync(place) && !lstatSync(place).isDirectory())
    throw new CliError(
      "file-exists",
      `${place} is no folder`,
      "Take it away; the build writes its package there.",
    );
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(next, path)), { recursive: true });
      writeFileSync(join(next, path), content, { flag: "wx" });
    }
    if (existsSync(place)) renameSync(place, last);
    renameSync(next, place);
    return place;
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(last, { recursive: true, force: true });
  }
}

/** Files of a module's folder itself that change what is built. */
const ROOT_FILES = new Set(["package.json"]);

/**
 * Watches each folder by itself: most editors save by renaming a new file into place, which a watch on the file, or a recursive
 * one that is made of such, does not see.
 */
export function watch(folder: string, signal: AbortSignal, changed: () => void): void {
  const watched = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const places = ["src", "cases"].map((name) => join(folder, name)).filter((place) => existsSync(place));
    const inside = places.flatMap((place) =>
      readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    for (const place of [folder, ...places, ...inside]) {
      if (watched.has(place)) continue;
      const watcher = watchFolder(place, { signal }, (_, name) => {
        if (place === folder && !ROOT_FILES.has(name ?? "")) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          look();
          changed();
        }, SETTLE_MS);
      });
      watched.set(place, watcher);
      // A folder that is gone is watched again when there is one of its name.
      watcher.on("error", () => watched.delete(place));
    }
  };
  look();
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
