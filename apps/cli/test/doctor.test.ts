import { describe, expect, test } from "vitest";
import { examine, type Finding } from "../src/domain/doctor/examine.ts";
import type { Facts } from "../src/domain/doctor/facts.ts";

const sound: Facts = {
  node: "24.21.0",
  platform: "linux",
  home: "/home/ada/.local/share/sigil",
  state: "sigil",
  partial: null,
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
  services: [
    {
      name: "mmf",
      url: "http://127.0.0.1:7401",
      setting: "mmf.port",
      loopback: true,
      reachable: true,
      ready: true,
      reasons: [],
      free: null,
    },
  ],
  anchor: { path: "/h/anchor/checkpoint", present: true, inData: false },
  database: true,
  quorum: "quorum",
  isolation: { configured: "strict", bwrap: "/usr/bin/bwrap", refusal: null },
  freeBytes: 1 << 30,
  clock: { now: "2026-11-22T12:00:00Z", newest: "2026-11-22T11:59:00Z" },
  licences: [{ name: "operator", principal: "owner", loa: "Operator", expires: "2027-06-01T00:00:00Z" }],
};
const service = sound.services[0];
if (service === undefined) throw new Error("no service");
const stopped = { ...service, reachable: false, ready: false };

const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== "ok");

describe("the doctor", () => {
  test("finds nothing on a sound runtime, and says what it looked at", () => {
    expect(bad(examine(sound))).toEqual([]);
    expect(new Set(examine(sound).map(({ check }) => check))).toEqual(
      new Set([
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
        "disk",
        "clock",
      ]),
    );
  });

  const faults: [string, Partial<Facts>, Finding["level"], string, RegExp][] = [
    ["an old Node", { node: "20.1.0" }, "fault", "node", /22/],
    [
      "part of a runtime",
      { partial: { message: "it lacks root.key", remedy: "Put it back." } },
      "fault",
      "home",
      /lacks root\.key/,
    ],
    ["no runtime", { state: "fresh", supervisor: null, services: [] }, "warning", "home", /no runtime/],
    [
      "a broken configuration",
      { config: { message: "mmf.prot is not a setting", remedy: "Did you mean mmf.port?" } },
      "fault",
      "config",
      /prot/,
    ],
    [
      "a file that others may read",
      { files: [{ path: "/h/x.key", folder: false, mode: 0o644, own: true }] },
      "fault",
      "permissions",
      /0644/,
    ],
    [
      "a file of another user",
      { files: [{ path: "/h/x.key", folder: false, mode: 0o600, own: false }] },
      "warning",
      "permissions",
      /another user/,
    ],
    [
      "a missing key",
      { keys: [{ ...sound.keys[0], problem: "the file is missing" } as Facts["keys"][number]] },
      "fault",
      "keys",
      /missing/,
    ],
    [
      "secrets that this user can read",
      { readable: ["secrets/mmf.secret"] },
      "note",
      "keys",
      /readable by this user/,
    ],
    [
      "an expired licence",
      { licences: [{ name: "root", principal: "owner", loa: "Root", expires: "2026-11-01T00:00:00Z" }] },
      "fault",
      "licences",
      /expired/,
    ],
    [
      "a licence about to expire",
      { licences: [{ name: "root", principal: "owner", loa: "Root", expires: "2026-12-01T00:00:00Z" }] },
      "warning",
      "licences",
      /8 days/,
    ],
    ["no licence", { licences: [] }, "warning", "licences", /no licence/],
    [
      "a runtime that is stopped",
      { supervisor: null, services: [{ ...stopped, free: true }] },
      "note",
      "services",
      /not running/,
    ],
    [
      "a foreign process on a port",
      { supervisor: null, services: [{ ...stopped, free: false }] },
      "fault",
      "ports",
      /another process/,
    ],
    ["a service that does not answer", { services: [stopped] }, "fault", "services", /does not answer/],
    [
      "a service that is not ready",
      { services: [{ ...service, ready: false, reasons: ["store-read-only: alarm"] }] },
      "fault",
      "services",
      /store-read-only/,
    ],
    [
      "a service beyond loopback",
      { services: [{ ...service, loopback: false }] },
      "warning",
      "ports",
      /beyond loopback/,
    ],
    ["a missing anchor", { anchor: { ...sound.anchor, present: false } }, "fault", "anchor", /missing/],
    [
      "an anchor inside the data",
      { anchor: { ...sound.anchor, inData: true } },
      "warning",
      "anchor",
      /inside/,
    ],
    ["a missing database", { database: false }, "fault", "store", /missing/],
    ["solo mode", { quorum: "solo" }, "note", "quorum", /solo/],
    [
      "no outer layer",
      { isolation: { configured: "process", bwrap: null, refusal: null } },
      "note",
      "isolation",
      /bubblewrap/,
    ],
    [
      "no outer layer where it is demanded",
      { isolation: { configured: "strict", bwrap: null, refusal: null } },
      "fault",
      "isolation",
      /no module will run/,
    ],
    [
      "an outer layer that may make no namespaces where it is demanded",
      { isolation: { configured: "strict", bwrap: "/usr/bin/bwrap", refusal: "bwrap: No permissions" } },
      "fault",
      "isolation",
      /No permissions.*no module will run/,
    ],
    [
      "an outer layer that works and is not used",
      { isolation: { configured: "process", bwrap: "/usr/bin/bwrap", refusal: null } },
      "note",
      "isolation",
      /works here and is not used/,
    ],
    ["a full disk", { freeBytes: 1024 }, "warning", "disk", /1\.0 KiB/],
    [
      "a clock before Sigil was made",
      { clock: { now: "2001-01-01T00:00:00Z", newest: null } },
      "fault",
      "clock",
      /before/,
    ],
    [
      "a clock that went backwards",
      { clock: { now: "2026-11-22T11:00:00Z", newest: "2026-11-22T12:00:00Z" } },
      "fault",
      "clock",
      /behind/,
    ],
  ];
  test.each(faults)("is right about %s", (_, change, level, check, words) => {
    const found = bad(examine({ ...sound, ...change }));
    expect(found.map((finding) => [finding.level, finding.check])).toContainEqual([level, check]);
    const [finding] = found.filter((each) => each.check === check && each.level === level);
    expect(finding?.detail).toMatch(words);
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
