// What a developer finds in a new profile: a licence of every level, three witnesses ready for a ceremony, memory and records.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const LEVELS = ["Guest", "Observer", "Operator", "Mentor", "Root"] as const;
export const WITNESSES = ["bea", "cid", "dan"] as const;
const NOTES = [
  ["The store appends; nothing is overwritten.", "design"],
  ["rust-mentor rests every finding on a record of guidance.", "design"],
  ["Ask for the plan before the change.", "habit"],
] as const;

/** The samples of one profile, by path. Everything in it is for development: the passphrase lies beside the keys. */
export interface Samples {
  readonly licences: string;
  readonly witnesses: string;
  readonly passphrase: string;
}

export function samplesOf(folder: string): Samples {
  const witnesses = join(folder, "witnesses");
  return { licences: join(folder, "licences"), witnesses, passphrase: join(witnesses, "passphrase") };
}

/** Runs the command of the profile with --json; answers what it printed. Throws with everything that it said. */
export type Sigil = (...words: string[]) => Promise<unknown>;

export function sigilOf(folder: string, env: NodeJS.ProcessEnv): Sigil {
  const run = promisify(execFile);
  return async (...words) => {
    const command = [
      join(folder, "apps/cli/dist/sigil.js"),
      ...words,
      "--home",
      join(folder, "home"),
      "--json",
    ];
    const { stdout } = await run(process.execPath, command, { env, maxBuffer: 64 << 20 });
    return JSON.parse(stdout);
  };
}

/**
 * Makes what is not there yet, through the commands that a user would type: each is decided and recorded like any other. A
 * profile whose samples were interrupted is completed by the next call.
 */
export async function makeSamples(folder: string, sigil: Sigil, example: string): Promise<void> {
  const { licences, witnesses, passphrase } = samplesOf(folder);
  for (const each of [licences, witnesses]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const licence = async (principal: string, loa: string, file: string) => {
    if (!existsSync(file))
      await sigil("license", "issue", "--principal", principal, "--loa", loa, "--out", file);
  };
  for (const loa of LEVELS)
    await licence(`dev-${loa.toLowerCase()}`, loa, join(licences, `${loa.toLowerCase()}.jwt`));
  if (!existsSync(passphrase))
    // As random as a machine's secret, which need not be stretched: nobody waits for a sample.
    writeFileSync(passphrase, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  for (const name of WITNESSES) {
    await licence(name, "Mentor", join(licences, `${name}.jwt`));
    const key = join(witnesses, `${name}.key`);
    if (existsSync(key)) continue;
    const about = ["--id", `w-${name}`, "--principal", name, "--out", key, "--passphrase-file", passphrase];
    await sigil("witness", "key", ...about);
  }
  const mark = join(folder, "sampled");
  if (existsSync(mark)) return;
  for (const [text, tag] of NOTES) await sigil("memory", "write", text, "--tag", tag);
  await sigil("module", "run", "rust-mentor", example);
  writeFileSync(mark, "");
}
