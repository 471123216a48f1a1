// A verification that is interrupted and gone on with: what it leaves, and which such files are believed.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileResume } from "../src/store/resume-file.ts";
import { tagged } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bundledProgram, command } from "./support/process.ts";
import { bootstrapped, opened } from "./support/store.ts";
import { verified } from "./support/verify.ts";

bundledProgram();
const home = temporaryHome();
const SIZE = 1100;
/** What a verification has found when it is interrupted: one range of 1024 leaves. */
const KEPT = 1024;
const NOON = Date.parse("2026-11-22T12:00:00.000Z");
const HOUR = 3_600_000;

beforeAll(async () => {
  await bootstrapped(home);
  const store = await opened(home);
  while (store.nexus.checkpoint.size < SIZE) {
    const count = Math.min(200, SIZE - store.nexus.checkpoint.size);
    await store.nexus.append({
      records: Array.from({ length: count }, (_, n) => tagged(`note ${n}`, ["all"])),
    });
  }
  await store.close();
}, 60_000);
afterAll(() => home.remove());

let copies = 0;
const said: string[] = [];

/** A copy of the store to verify, and the file that an interruption leaves. */
function copied(): { folder: string; path: string; run: (sql: string, ...values: number[]) => void } {
  copies += 1;
  const folder = join(home.folder, `resume-copy-${copies}`);
  mkdirSync(folder);
  const file = join(folder, "nexus.db");
  copyFileSync(join(home.data, "nexus.db"), file);
  const run = (sql: string, ...values: number[]) => {
    const database = new Database(file);
    for (const one of sql.split(";")) database.prepare(one).run(...values);
    database.close();
  };
  return { folder, path: join(folder, "resume.json"), run };
}

/** How the real command tells one database file from another. */
function identity(folder: string): string {
  const { dev, ino, birthtimeNs } = statSync(join(folder, "nexus.db"), { bigint: true });
  return `${dev}-${ino}-${birthtimeNs}`;
}

interface How {
  goOn?: boolean;
  now?: number;
  keyless?: boolean;
  from?: string;
  interrupted?: boolean;
}

function verify({ folder, path }: { folder: string; path: string }, how: How = {}) {
  let now = how.now ?? NOON;
  return verified(home, folder, {
    threads: 0,
    keyless: how.keyless === true,
    ...(how.from === undefined ? {} : { from: how.from }),
    resume: {
      file: new FileResume(path, (line) => said.push(line)),
      goOn: how.goOn === true,
      database: () => identity(folder),
      // Each look at this clock is two seconds after the last.
      clock: () => (now += 2000),
    },
    progress: () => {
      if (how.interrupted === true) throw new Error("interrupted");
    },
  });
}

async function interrupted(now = NOON - HOUR) {
  const copy = copied();
  await expect(verify(copy, { interrupted: true, now })).rejects.toThrow("interrupted");
  return copy;
}

const FLIPPED = "UPDATE leaves SET ct = zeroblob(200) WHERE leaf_index = ?";

const UNSOUND = [
  ["a damaged record", FLIPPED],
  ["a missing one", "DELETE FROM leaves WHERE leaf_index = ?"],
  ["one whose key is gone", "UPDATE leaves SET wrapped_dek = NULL WHERE leaf_index = ?"],
  [
    "one whose receipt is still to come",
    `UPDATE leaves SET wrapped_dek = x'${"00".repeat(58)}044b', principal = zeroblob(16) WHERE leaf_index = ?;
       DELETE FROM leaf_tags WHERE leaf_index = ?`,
  ],
] as const;

describe("an interrupted verification", () => {
  test("goes on where it stopped, says since when, and leaves no file when it ends", async () => {
    const copy = await interrupted();
    const report = await verify(copy, { goOn: true });
    const grounds = { by: "resume", at: expect.stringContaining("2026-11-22T11:00:") };
    expect(report).toMatchObject({ ok: true, from: KEPT, grounds, records: SIZE - KEPT, size: SIZE });
    expect(existsSync(copy.path)).toBe(false);
    expect(await verify(copy, { goOn: true })).toMatchObject({
      ok: true,
      from: 0,
      grounds: null,
      records: SIZE,
    });
  });

  test("names what is damaged above where it stopped", async () => {
    const copy = await interrupted();
    copy.run(FLIPPED, KEPT);
    const { findings } = await verify(copy, { goOn: true });
    expect(findings.at(-1)).toMatchObject({ index: KEPT, check: "ciphertext-hash" });
  });

  test("is not gone on with unless that is asked for", async () => {
    const copy = await interrupted();
    copy.run(FLIPPED, 5);
    expect(await verify(copy)).toMatchObject({ ok: false, from: 0, grounds: null, records: SIZE });
    expect(existsSync(copy.path)).toBe(false);
  });

  test.each(UNSOUND)("leaves nothing to go on with after %s", async (_, sql) => {
    const copy = copied();
    copy.run(sql, 5);
    await expect(verify(copy, { interrupted: true })).rejects.toThrow("interrupted");
    expect(existsSync(copy.path)).toBe(false);
  });

  test("goes on without its file when that cannot be written", async () => {
    const copy = copied();
    said.length = 0;
    const report = await verify({ ...copy, path: join(copy.folder, "nowhere/resume.json") });
    expect(report).toMatchObject({ ok: true });
    expect(said).toEqual([expect.stringContaining("cannot be written (ENOENT)")]);
  });
});

const CHANGES = [
  ["size", 2048],
  ["root", `sha256:${"0".repeat(64)}`],
  ["at", "2026-11-22T12:00:59.000Z"],
  ["subject", `sha256:${"0".repeat(64)}`],
  ["mac", "AAAA"],
  ["v", 2],
] as const;

describe("the file of an interrupted verification", () => {
  test.each(CHANGES)("is refused by name after a change of its %s", async (field, value) => {
    const copy = await interrupted();
    const told = JSON.parse(readFileSync(copy.path, "utf8"));
    writeFileSync(copy.path, JSON.stringify({ ...told, [field]: value }));
    await expect(verify(copy, { goOn: true })).rejects.toMatchObject({ code: "resume-invalid" });
  });

  test.each(["", "{", "null", "[]", "{}"])("is refused by name when it is %j", async (text) => {
    const copy = copied();
    writeFileSync(copy.path, text);
    await expect(verify(copy, { goOn: true })).rejects.toMatchObject({ code: "resume-invalid" });
  });

  test("of another database file is refused, even of a copy", async () => {
    const { path } = await interrupted();
    const other = copied();
    await expect(verify({ ...other, path }, { goOn: true })).rejects.toMatchObject({
      code: "resume-foreign",
    });
  });

  test("is believed for a day", async () => {
    const copy = await interrupted();
    for (const now of [NOON + 24 * HOUR, NOON - 2 * HOUR]) {
      await expect(verify(copy, { goOn: true, now })).rejects.toMatchObject({ code: "resume-stale" });
    }
  });

  test("that the store's own nodes do not give is refused", async () => {
    const copy = await interrupted();
    copy.run("UPDATE nodes SET hash = zeroblob(32) WHERE level = ? AND node_index = ?", 10, 0);
    await expect(verify(copy, { goOn: true })).rejects.toMatchObject({ code: "resume-inconsistent" });
  });

  test("is not taken without keys, nor beside a checkpoint", async () => {
    const copy = await interrupted();
    await expect(verify(copy, { goOn: true, keyless: true })).rejects.toMatchObject({
      code: "resume-needs-keys",
    });
    const from = readFileSync(home.anchor, "utf8");
    await expect(verify(copy, { goOn: true, from })).rejects.toMatchObject({ code: "resume-or-from" });
    expect(existsSync(copy.path)).toBe(true);
  });

  test("is believed by the real command, and one under another root key is not", async () => {
    const copy = await interrupted(Date.now() - 60_000);
    const args = ["verify", "--data", copy.folder, "--resume", copy.path];
    const text = readFileSync(copy.path);
    const { code, stdout } = await command(home, args);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { ok: true, from: KEPT, grounds: { by: "resume" } },
    ]);
    expect(existsSync(copy.path)).toBe(false);
    const other = temporaryHome();
    await bootstrapped(other);
    writeFileSync(copy.path, text);
    const refused = await command(other, ["verify", "--resume", copy.path]);
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain('"code":"resume-invalid"');
    other.remove();
  });
});
