import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("doctor");
const before = join(place.parent, "before");
const sound = join(place.parent, "sound");
const at = (path: string) => join(place.home, path);
let runtime: Runtime;
let fresh: Diagnosis;

interface Diagnosis {
  code: number;
  ok: boolean;
  findings: { code: string; level: string; detail: string; remedy: string | null }[];
}

async function examined(...more: string[]): Promise<Diagnosis> {
  const { code, stdout, stderr } = await sigil(place.home, ["doctor", "--json", ...runtime.flags, ...more]);
  if (!stdout.startsWith("{")) throw new Error(`sigil doctor ended with ${code}:\n${stdout}\n${stderr}`);
  return { code, ...JSON.parse(stdout) };
}

/** Everything but what is as it should be, or is only worth knowing of a runtime of one person. */
const wrong = ({ findings }: Diagnosis) =>
  findings.filter(({ level, code }) => level !== "ok" && !KNOWN.has(code)).map(({ code }) => code);
const KNOWN = new Set(["quorum-solo", "keys-readable", "isolation-inner", "isolation-unused", "not-running"]);

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
  fresh = await examined();
  await runtime.stop();
  copied(place.home, before);
  await runtime.start();
  await runtime.json("memory", "write", "a note");
  await runtime.stop();
  copied(place.home, sound);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

/** A copy of a home, as closed to others as it was. */
function copied(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o700);
  chmodSync(to, 0o700);
}

function inDatabase(sql: string): void {
  const database = new Sqlite(at("data/nexus.db"));
  database.exec(sql);
  database.close();
}

function edited(path: string, change: (value: Record<string, unknown>) => object): void {
  writeFileSync(at(path), JSON.stringify(change(JSON.parse(readFileSync(at(path), "utf8")))));
}

/** A process that has ended. */
const gone = () => spawnSync(process.execPath, ["--version"]).pid;

/** What is done to a home that was sound, what the doctor then says, and the exit code by the gravest of it. */
type Planted = [
  fault: string,
  plant: () => unknown,
  codes: readonly string[],
  exit: 0 | 1 | 4,
  more?: string[],
];
const PLANTED: Planted[] = [
  ["a trust file that others may write", () => chmodSync(at("trust.json"), 0o666), ["permission-open"], 1],
  ["a key that is gone", () => rmSync(at("keys/mmf/service.key")), ["key-unusable"], 1],
  ["a stranger's file", () => writeFileSync(at("notes.txt"), "", { mode: 0o600 }), ["home-foreign-file"], 4],
  [
    "an anchor behind the store",
    () => copyFileSync(join(before, "anchor/checkpoint"), at("anchor/checkpoint")),
    ["anchor-behind"],
    0,
  ],
  ["an anchor ahead of the store", () => copied(join(before, "data"), at("data")), ["anchor-ahead"], 1],
  ["no anchor", () => rmSync(at("anchor/checkpoint")), ["anchor-missing"], 1],
  [
    "a setting that nobody knows",
    () => writeFileSync(at("sigil.toml"), "[mmf]\nprot = 1\n"),
    ["config-refused", "store-not-examined"],
    1,
  ],
  [
    "a disk with less room than is asked for",
    () => undefined,
    ["disk-low"],
    4,
    ["--least-free", "999999999TiB"],
  ],
  [
    "a clock behind the last record",
    () =>
      inDatabase(
        "UPDATE leaves SET ts = '2999-01-01T00:00:00.000Z' WHERE leaf_index = (SELECT max(leaf_index) FROM leaves)",
      ),
    ["clock-behind"],
    1,
  ],
  ["a database of an older version", () => inDatabase("PRAGMA user_version = 1"), ["store-older"], 0],
  ["a database of a newer version", () => inDatabase("PRAGMA user_version = 99"), ["store-newer"], 1],
  [
    "a home of a newer version",
    () => edited("trust.json", (trust) => ({ ...trust, v: 2 })),
    ["home-newer", "store-not-examined", "trust-unreadable"],
    1,
  ],
  [
    "the lock of a supervisor that is gone",
    () =>
      writeFileSync(at("run/supervisor.json"), JSON.stringify({ pid: gone(), born: null }), { mode: 0o600 }),
    ["lock-stale"],
    0,
  ],
  [
    "a database that is none",
    () => writeFileSync(at("data/nexus.db"), "thesis".repeat(4096)),
    ["store-unreadable"],
    1,
  ],
  ["no database", () => rmSync(at("data/nexus.db")), ["store-missing"], 1],
  [
    "a bootstrap that was killed",
    () => {
      const folder = `${place.home}.bootstrap-0123456789ab`;
      mkdirSync(join(folder, "run"), { recursive: true });
      writeFileSync(join(folder, "run/bootstrap.json"), JSON.stringify({ pid: gone(), born: null }));
    },
    ["bootstrap-left"],
    0,
  ],
];

describe("sigil doctor", () => {
  test("finds nothing wrong with a fresh runtime, whether it runs or not", async () => {
    expect([fresh.code, wrong(fresh)]).toEqual([0, []]);
    const stopped = await examined();
    expect([stopped.code, wrong(stopped)]).toEqual([0, []]);
  });

  test.each(PLANTED)("names %s, by its code, with its remedy", async (_, plant, codes, exit, more = []) => {
    plant();
    try {
      const diagnosis = await examined(...more);
      expect([diagnosis.code, wrong(diagnosis)]).toEqual([exit, codes]);
      for (const { remedy, level } of diagnosis.findings)
        expect(level === "ok" ? "" : remedy).toMatch(level === "ok" ? /^$/ : /\w{3,}/);
    } finally {
      rmSync(place.home, { recursive: true });
      copied(sound, place.home);
      rmSync(`${place.home}.bootstrap-0123456789ab`, { recursive: true, force: true });
    }
  });

  test("names a port that another process holds, with the setting to change", async () => {
    const squatter = createServer().listen(runtime.ports.mmf, "127.0.0.1");
    try {
      const diagnosis = await examined();
      expect([diagnosis.code, wrong(diagnosis)]).toEqual([1, ["port-busy"]]);
      expect(diagnosis.findings.find(({ code }) => code === "port-busy")?.remedy).toContain("mmf.port");
    } finally {
      squatter.close();
    }
  });

  test("changes nothing", () => {
    expect(held(place.home)).toEqual(held(sound));
  });
});

/** Every file of a home with its bytes, but for what SQLite makes while somebody reads. */
function held(home: string): Record<string, string> {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !/-(shm|wal)$/.test(path));
  return Object.fromEntries(paths.map((path) => [relative(home, path), readFileSync(path, "base64")]));
}
