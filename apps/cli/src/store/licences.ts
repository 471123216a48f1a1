import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CliError } from "../domain/error.ts";
import type { Licence } from "../domain/licence-choice.ts";
import type { Shelf } from "../domain/licence-keeping.ts";

const MAX_CHARS = 8192;

/** Every readable licence in a folder, by file name without `.jwt`. A file that is no licence is left out. */
export function readLicences(folder: string): Licence[] {
  if (!existsSync(folder)) return [];
  const licences: Licence[] = [];
  for (const file of readdirSync(folder).toSorted()) {
    if (!file.endsWith(".jwt")) continue;
    try {
      licences.push(readLicence(join(folder, file)));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
  }
  return licences;
}

/** `--licence`: a name in the folder, or a path. Throws `licence-not-found`, `licence-unreadable`. */
export function namedLicence(folder: string, named: string): Licence {
  const inside = join(folder, `${named}.jwt`);
  if (/^[\w.-]+$/.test(named) && existsSync(inside)) return readLicence(inside);
  if (existsSync(named)) return readLicence(named);
  const names = readLicences(folder).map(({ name }) => name);
  throw new CliError(
    "licence-not-found",
    `there is no licence ${JSON.stringify(named)} in ${folder}, and no file of that name`,
    names.length === 0 ? "Name a file that holds a licence." : `Name one of ${names.join(", ")}, or a file.`,
  );
}

function readLicence(path: string): Licence {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new CliError(
      "licence-unreadable",
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      "Give this user the right to read it.",
    );
  }
  return parseLicence(text, basename(path, ".jwt"));
}

/** The claims of a token, not verified: enough to choose by. Throws `licence-unreadable`; the text is not repeated. */
export function parseLicence(token: string, name: string): Licence {
  const [, body] = token.split(".");
  try {
    if (token.length > MAX_CHARS || body === undefined) throw new Error("not three parts");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Licence["claims"];
    if (typeof claims.sub !== "string" || typeof claims.exp !== "number" || !Array.isArray(claims.scope))
      throw new Error("claims missing");
    return { name, token, claims };
  } catch {
    throw new CliError(
      "licence-unreadable",
      `${name} does not hold a licence`,
      "A licence is one line of three base64url parts; issue it again with `sigil license issue`.",
    );
  }
}

/** Licences as files of this user alone. Throws `file-exists` before anything else happened, `file-not-writable`. */
export const shelf: Shelf = {
  keep(folder, { out, renews, supersedes }, token) {
    const coming = renews === undefined ? undefined : join(folder, `${renews}.jwt.next`);
    if (coming !== undefined) rmSync(coming, { force: true });
    const written = [out, coming].filter((path) => path !== undefined);
    for (const path of written) write(path, token);
    return {
      written,
      settle() {
        const put = supersedes.map((name) => join(folder, `${name}.jwt`));
        for (const path of put) renameSync(path, `${path}.superseded`);
        const renewed = join(folder, `${renews}.jwt`);
        if (coming !== undefined) renameSync(coming, renewed);
        return {
          written: [out, coming === undefined ? undefined : renewed].filter((path) => path !== undefined),
          putAside: put.map((path) => `${path}.superseded`),
        };
      },
      drop() {
        for (const path of written) rmSync(path, { force: true });
      },
    };
  },
};

function write(path: string, token: string): void {
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new CliError("file-exists", `${path} exists`, "Choose another name; no file is overwritten.");
    throw new CliError(
      "file-not-writable",
      `${path} cannot be written (${code})`,
      "Choose a path that this user may write.",
    );
  }
}
