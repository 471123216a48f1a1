import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256, toHex } from "@sigil/crypto";
import type { Answer, Bench, Flip } from "../domain/demo/workshop.ts";

/** The columns of a row before its ciphertext take less than this. */
const REACH = 2048;

/** A bench under the system's temporary folder. `command` is the file of this command, `env` has nothing of Sigil in it. */
export function openBench(command: string, env: NodeJS.ProcessEnv): Bench {
  const folder = mkdtempSync(join(tmpdir(), "sigil-demo-"));
  const sub = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  return {
    folder,
    sub,
    write: (path, text) => writeFileSync(path, text, { mode: 0o600, flag: "wx" }),
    copy: (from, to) => cpSync(from, to, { errorOnExist: true, force: false }),
    list: (path) => readdirSync(path).toSorted(),
    copyStore(data, to) {
      for (const name of readdirSync(data))
        if (/^nexus\.db(-wal)?$/.test(name)) cpSync(join(data, name), join(to, name));
      return join(to, "nexus.db");
    },
    locate,
    flip,
    sigil: (cwd, args) =>
      run(command, args, cwd, { ...env, SIGIL_HOME: join(cwd, "no-home"), NO_COLOR: "1" }),
    complaints,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

const WARN = 40;
const COMPLAINTS = 5;

function complaints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const lines = readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "");
    return lines.filter(isComplaint).slice(-COMPLAINTS);
  });
}

/** A line of warning or above; what is not a JSON line of ours is a crash's own words. */
function isComplaint(line: string): boolean {
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return typeof level === "number" && level >= WARN;
  } catch {
    return true;
  }
}

function locate(file: string, wanted: { near: string; sha256: string; length: number }): number | undefined {
  const bytes = readFileSync(file);
  const target = wanted.sha256.replace(/^sha256:/, "");
  for (let at = bytes.indexOf(wanted.near); at >= 0; at = bytes.indexOf(wanted.near, at + 1))
    for (let offset = at; offset < at + REACH && offset + wanted.length <= bytes.length; offset += 1)
      if (toHex(sha256(bytes.subarray(offset, offset + wanted.length))) === target) return offset;
  return undefined;
}

function flip(file: string, offset: number): Flip {
  const bytes = readFileSync(file);
  const before = bytes[offset] ?? 0;
  const after = before ^ 0x01;
  bytes[offset] = after;
  writeFileSync(file, bytes);
  return { file, offset, before, after };
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [command, ...args],
      { cwd, env, maxBuffer: 256 << 20, windowsHide: true },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end();
  });
}
