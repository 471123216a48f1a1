import { describe, expect, test } from "vitest";
import { examine } from "../src/domain/doctor/examine.ts";
import type { Facts } from "../src/domain/doctor/facts.ts";
import { FINDINGS, type Finding, type FindingCode } from "../src/domain/doctor/findings.ts";

const sound: Facts = {
  node: "24.21.0",
  version: "1.0.0",
  platform: "linux",
  home: "/home/ada/.local/share/sigil",
  state: "sigil",
  refused: null,
  foreign: [],
  leftovers: [],
  files: [{ path: "/h/trust.json", folder: false, mode: 0o600, own: true }],
  readable: [],
  keys: [
    {
      owner: "mmf",
      purpose: "service",
      kid: "k",
      createdAt: "t",
      sealedWith: "scrypt 2^12",
      path: "/h/k",
      problem: null,
    },
  ],
  config: null,
  supervisor: { pid: 7, startedAt: "2026-11-22T10:00:00Z" },
  lock: null,
  services: [
    {
      name: "mmf",
      url: "http://127.0.0.1:7401",
      setting: "mmf.port",
      loopback: true,
      reachable: true,
      ready: true,
      reasons: [],
      version: "1.0.0",
      free: null,
    },
  ],
  anchor: { path: "/h/anchor/checkpoint", inData: false },
  store: {
    problem: null,
    older: false,
    size: 40,
    newest: "2026-11-22T11:59:30.000Z",
    anchor: { size: 40, alarm: null },
  },
  quorum: "quorum",
  isolation: { configured: "strict", bwrap: "/usr/bin/bwrap", refusal: null },
  models: [
    {
      ...{ name: "local", base: "http://127.0.0.1:11434/v1", model: "llama3.2", level: "Observer" },
      ...{ plaintext: false, keyProblem: null },
    },
  ],
  freeBytes: 1 << 30,
  leastFree: 1 << 28,
  clock: { now: "2026-11-22T12:00:00Z", newest: "2026-11-22T11:59:00Z" },
  licences: [{ name: "operator", principal: "owner", loa: "Operator", expires: "2027-06-01T00:00:00Z" }],
};
const service = sound.services[0];
if (service === undefined) throw new Error("no service");
const model = sound.models[0];
if (model === undefined) throw new Error("no model");
const stopped = { ...service, reachable: false, ready: false };
const seen = sound.store as Exclude<Facts["store"], { readonly unknown: unknown }>;
const unreadable = (code: string) => ({
  store: {
    ...seen,
    size: null,
    newest: null,
    anchor: null,
    problem: { code, message: code, remedy: "Do something." },
  },
});
const alarmed = (code: string) => ({
  store: { ...seen, anchor: { size: 41, alarm: { code, detail: `the anchor says ${code}` } } },
});

const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== "ok");

describe("the doctor", () => {
  test("finds nothing on a sound runtime, and says what it looked at", () => {
    expect(bad(examine(sound))).toEqual([]);
    expect(new Set(examine(sound).map(({ check }) => check))).toEqual(
      new Set([
        "versions",
        "node",
        "home",
        "config",
        "permissions",
        "keys",
        "licences",
        "services",
        "store",
        "anchor",
        "quorum",
        "isolation",
        "models",
        "disk",
        "clock",
      ]),
    );
  });

  const refusal = (code: "home-incomplete" | "home-newer" | "home-not-sigil" | "home-not-writable") => ({
    refused: { code, message: `it is ${code}`, remedy: "Do something." },
  });
  const faults: [string, Partial<Facts>, FindingCode, RegExp][] = [
    ["an old Node", { node: "20.1.0" }, "node-too-old", /22/],
    ["part of a runtime", refusal("home-incomplete"), "home-incomplete", /incomplete/],
    ["a home of a newer version", refusal("home-newer"), "home-newer", /newer/],
    [
      "somebody else's folder",
      { state: "fresh", ...refusal("home-not-sigil") },
      "home-not-sigil",
      /not-sigil/,
    ],
    [
      "a folder that cannot be read",
      { state: "fresh", ...refusal("home-not-writable") },
      "home-not-writable",
      /./,
    ],
    ["no runtime", { state: "fresh", supervisor: null, services: [] }, "home-missing", /no runtime/],
    ["a file that is none of a runtime's", { foreign: ["/h/notes.txt"] }, "home-foreign-file", /notes/],
    ["what a bootstrap left", { leftovers: ["/h.bootstrap-0123456789ab"] }, "bootstrap-left", /killed/],
    [
      "a broken configuration",
      { config: { message: "mmf.prot is not a setting", remedy: "Did you mean mmf.port?" } },
      "config-refused",
      /prot/,
    ],
    [
      "a file that others may read",
      { files: [{ path: "/h/x.key", folder: false, mode: 0o644, own: true }] },
      "permission-open",
      /0644/,
    ],
    [
      "a file of another user",
      { files: [{ path: "/h/x.key", folder: false, mode: 0o600, own: false }] },
      "owner-other",
      /another user/,
    ],
    ["a platform without mode bits", { platform: "win32" }, "permissions-unknown", /Windows/],
    [
      "a missing key",
      { keys: [{ ...sound.keys[0], problem: "the file is missing" } as Facts["keys"][number]] },
      "key-unusable",
      /missing/,
    ],
    ["secrets that this user can read", { readable: ["secrets/mmf.secret"] }, "keys-readable", /readable/],
    [
      "an expired licence",
      { licences: [{ name: "root", principal: "owner", loa: "Root", expires: "2026-11-01T00:00:00Z" }] },
      "licence-expired",
      /expired/,
    ],
    [
      "a licence about to expire",
      { licences: [{ name: "root", principal: "owner", loa: "Root", expires: "2026-12-01T00:00:00Z" }] },
      "licence-ending",
      /8 days/,
    ],
    ["no licence", { licences: [] }, "licence-none", /no licence/],
    [
      "a runtime that is stopped",
      { supervisor: null, services: [{ ...stopped, free: true }] },
      "not-running",
      /not running/,
    ],
    [
      "a foreign process on a port",
      { supervisor: null, services: [{ ...stopped, free: false }] },
      "port-busy",
      /another process/,
    ],
    ["a stale lock", { supervisor: null, services: [], lock: { pid: 9, alive: [] } }, "lock-stale", /9/],
    [
      "services that a killed supervisor left",
      { supervisor: null, services: [], lock: { pid: 9, alive: [{ name: "mmf", pid: 10 }] } },
      "services-left-behind",
      /pid 10/,
    ],
    ["a service that does not answer", { services: [stopped] }, "service-silent", /does not answer/],
    [
      "a service that is not ready",
      { services: [{ ...service, ready: false, reasons: ["store-read-only: alarm"] }] },
      "service-not-ready",
      /store-read-only/,
    ],
    [
      "a service in lockdown",
      { services: [{ ...service, reasons: ["lockdown: since noon"] }] },
      "service-reason",
      /since noon/,
    ],
    [
      "a service of another version",
      { services: [{ ...service, version: "0.9.0" }] },
      "version-differs",
      /0\.9\.0/,
    ],
    [
      "a service beyond loopback",
      { services: [{ ...service, loopback: false }] },
      "port-exposed",
      /beyond loopback/,
    ],
    ["a missing database", unreadable("store-missing"), "store-missing", /missing/],
    ["a database that cannot be read", unreadable("page-damaged"), "store-unreadable", /damaged/],
    ["a database of a newer version", unreadable("store-newer"), "store-newer", /newer/],
    ["an anchor that cannot be read", unreadable("anchor-unreadable"), "anchor-invalid", /unreadable/],
    [
      "a database of an older version",
      { store: { ...seen, older: true, anchor: null } },
      "store-older",
      /older/,
    ],
    [
      "a store whose program is not there",
      { store: { unknown: { message: "not built", remedy: "Build it." } } },
      "store-not-examined",
      /not built/,
    ],
    ["a missing anchor", alarmed("anchor-missing"), "anchor-missing", /missing/],
    ["an anchor ahead of the store", alarmed("rollback-detected"), "anchor-ahead", /rollback/],
    ["an anchor of another log", alarmed("anchor-invalid"), "anchor-invalid", /invalid/],
    [
      "an anchor behind the store",
      { store: { ...seen, anchor: { size: 12, alarm: null } } },
      "anchor-behind",
      /12 records/,
    ],
    ["an anchor inside the data", { anchor: { ...sound.anchor, inData: true } }, "anchor-in-data", /inside/],
    ["solo mode", { quorum: "solo" }, "quorum-solo", /solo/],
    ["a trust file that cannot be read", { quorum: null }, "trust-unreadable", /trust\.json/],
    [
      "no outer layer",
      { isolation: { configured: "process", bwrap: null, refusal: null } },
      "isolation-inner",
      /bubblewrap/,
    ],
    [
      "no outer layer where it is demanded",
      { isolation: { configured: "strict", bwrap: null, refusal: null } },
      "isolation-refused",
      /no module will run/,
    ],
    [
      "an outer layer that may make no namespaces where it is demanded",
      { isolation: { configured: "strict", bwrap: "/usr/bin/bwrap", refusal: "bwrap: No permissions" } },
      "isolation-refused",
      /No permissions.*no module will run/,
    ],
    [
      "an outer layer that works and is not used",
      { isolation: { configured: "process", bwrap: "/usr/bin/bwrap", refusal: null } },
      "isolation-unused",
      /works here and is not used/,
    ],
    [
      "a key of a language model that cannot be read",
      { models: [{ ...model, keyProblem: { message: "/h/a.key has mode 0644", remedy: "chmod 600" } }] },
      "model-key-unusable",
      /0644/,
    ],
    [
      "a language model that is asked in clear",
      { models: [{ ...model, base: "http://10.0.0.7/v1", plaintext: true }] },
      "model-in-clear",
      /everybody on the way/,
    ],
    ["a full disk", { freeBytes: 1024 }, "disk-low", /1\.0 KiB/],
    ["a disk that says nothing", { freeBytes: null }, "disk-unknown", /cannot be read/],
    [
      "a clock before Sigil was made",
      { clock: { now: "2001-01-01T00:00:00Z", newest: null } },
      "clock-wrong",
      /before/,
    ],
    [
      "a clock behind the last record",
      { clock: { now: "2026-11-22T11:00:00Z", newest: null } },
      "clock-behind",
      /last record/,
    ],
    [
      "a clock behind the home, where the store cannot be read",
      {
        ...unreadable("page-damaged"),
        clock: { now: "2026-11-22T11:00:00Z", newest: "2026-11-22T12:00:00Z" },
      },
      "clock-behind",
      /newest file/,
    ],
  ];
  test.each(faults)("is right about %s", (_, change, code, words) => {
    const found = bad(examine({ ...sound, ...change }));
    const [level, check] = FINDINGS[code];
    expect(found).toContainEqual(expect.objectContaining({ code, level, check }));
    expect(found.find((each) => each.code === code)?.detail).toMatch(words);
  });

  test("has a case for everything that it can find", () => {
    const told = new Set(faults.map(([, , code]) => code));
    const able = Object.entries(FINDINGS).filter(([, [level]]) => level !== "ok");
    expect(able.map(([code]) => code).filter((code) => !told.has(code as FindingCode))).toEqual([]);
  });

  test("says what to do about a store that cannot write, also where the door says so for it", () => {
    const said = "codex-nexus-not-ready: codex-nexus: store-unwritable: commits fail since noon";
    const services = [{ ...service, ready: false, reasons: [said] }];
    const [finding] = bad(examine({ ...sound, services }));
    expect(finding).toMatchObject({
      level: "fault",
      detail: expect.stringContaining("commits fail since noon"),
    });
    expect(finding?.remedy).toMatch(/^Make room on the disk/);
  });

  test("gives a remedy with every finding that is not ok", () => {
    for (const [, change] of faults)
      for (const { detail, remedy } of bad(examine({ ...sound, ...change })))
        expect(remedy ?? "", detail).toMatch(/\w{3,}/);
  });
});
