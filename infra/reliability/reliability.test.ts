// A short run of every harness, and beside each a planted defect that it must catch: a harness that cannot fail shows
// nothing.
import type { ProofBundle } from "@sigil/canon";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verified } from "../../apps/codex-nexus/test/support/verify.ts";
import { ATTACKS } from "../../apps/mmf/test/sandbox/attacks/index.ts";
import { syncedBeforeAcknowledged } from "./crash/ordering.ts";
import { randomKills } from "./crash/random.ts";
import { killsDuringRotation } from "./crash/rotation.ts";
import { killsAtEachCall } from "./crash/systematic.ts";
import { failingCalls } from "./faults/calls.ts";
import { cutLogs } from "./faults/cut-log.ts";
import { flippedBits } from "./faults/flipped.ts";
import { readOnlyFileSystem, readOnlyMissing } from "./faults/read-only.ts";
import { hammerLocal } from "./hammer/local.ts";
import { soak } from "./soak/soak.ts";
import { bundleSubject } from "./subject/bundle.ts";
import { straceMissing } from "./subject/strace.ts";
import { tampering } from "./tamper/tamper.ts";

let program = "";
let remove = () => {};
beforeAll(async () => {
  ({ file: program, remove } = await bundleSubject());
});
afterAll(() => remove());

const noStrace = straceMissing();
const noMount = readOnlyMissing();
for (const reason of [noStrace, noMount]) if (reason !== undefined) console.warn(`skipped: ${reason}`);

/** A verification that looks at nothing but what one check finds. */
const blindTo =
  (hidden: RegExp): typeof verified =>
  async (...args) => {
    const report = await verified(...args);
    const findings = report.findings.filter(({ check }) => !hidden.test(check));
    return { ...report, findings, ok: findings.length === 0 };
  };

const clean = { problems: [] };

describe("crash", () => {
  test("killed at random moments, a store holds every acknowledged record exactly once", async () => {
    const report = await randomKills(program, 4);
    expect(report).toMatchObject(clean);
    expect(report.counts.acknowledged).toBeGreaterThan(4);
  });

  test("an acknowledgement before the commit is caught", async () => {
    const { problems } = await randomKills(program, 2, { defect: "ack-before-commit" });
    expect(problems.join("\n")).toMatch(/acknowledged and lost/);
  });

  test.skipIf(noStrace !== undefined)("killed at system calls of the write path, the same", async () => {
    const report = await killsAtEachCall(program, { calls: ["pwrite64", "fsync", "rename"], stride: 60 });
    expect(report).toMatchObject(clean);
    expect(report.counts.pwrite64).toBeGreaterThan(0);
  });

  test.skipIf(noStrace !== undefined)(
    "killed around each rename of a rotation, a store has one key for each role",
    async () => {
      const report = await killsDuringRotation(program, { calls: ["rename"] });
      expect(report).toMatchObject(clean);
      expect(report.counts).toMatchObject({ rename: 8 });
    },
  );

  test.skipIf(noStrace !== undefined)("a key that is replaced before the log says so is caught", async () => {
    const { problems } = await killsDuringRotation(program, {
      calls: ["fsync"],
      stride: 3,
      defect: "swap-before-record",
    });
    expect(problems.join("\n")).toMatch(/lists another key/);
  });

  test.skipIf(noStrace !== undefined)("nothing is acknowledged before it is synced", async () => {
    const report = await syncedBeforeAcknowledged(program);
    expect(report).toMatchObject(clean);
    expect(report.counts.acknowledged).toBeGreaterThan(100);
  });

  test.skipIf(noStrace !== undefined)("an engine that does not wait for the disk is caught", async () => {
    const { problems } = await syncedBeforeAcknowledged(program, { defect: "no-sync" });
    expect(problems.join("\n")).toMatch(/acknowledged before .*nexus\.db-wal was synced/);
  });
});

describe("faults", () => {
  test.skipIf(noStrace !== undefined)(
    "a disk that fails is refused by name and forgotten when it is well",
    async () => {
      const faults = [
        { call: "pwrite64", error: "ENOSPC", onwards: true },
        { call: "fsync", error: "EIO", onwards: false },
        { call: "rename", error: "EIO", onwards: false },
      ] as const;
      const report = await failingCalls(program, { faults, stride: 61 });
      expect(report).toMatchObject(clean);
      expect(report.counts.refused).toBeGreaterThan(0);
    },
  );

  test.skipIf(noStrace !== undefined)("a failed commit that is acknowledged is caught", async () => {
    const faults = [{ call: "pwrite64", error: "EIO", onwards: true }] as const;
    const { problems } = await failingCalls(program, { faults, stride: 45, defect: "swallow-failure" });
    expect(problems.join("\n")).toMatch(/acknowledged and lost|rollback-detected/);
  });

  test.skipIf((noMount ?? noStrace) !== undefined)("a read-only file system is named", async () => {
    expect(await readOnlyFileSystem(program)).toMatchObject(clean);
  });

  test("a cut log leaves whole commits, and what the anchor saw is missed", async () => {
    expect(await cutLogs(program, 8)).toMatchObject(clean);
    const { problems } = await cutLogs(program, 4, blindTo(/^anchor$/));
    expect(problems.join("\n")).toMatch(/verify says clean/);
  });

  test("a flipped bit is harmless or named with the record that it hit", async () => {
    expect(await flippedBits(40)).toMatchObject(clean);
  });

  test("a verification that misses what a flip hit, or blames the innocent, is caught", async () => {
    const { problems } = await flippedBits(40, { verify: blindTo(/^(ciphertext-hash|decrypt|page)$/) });
    expect(problems.join("\n")).toMatch(/it hit leaf \d+, which is not named/);
  });
});

describe("tamper", () => {
  test("every attack is named by the right record and check, with keys and without", async () => {
    expect(await tampering(1)).toMatchObject(clean);
  });

  test("a verification without one of its checks is caught", async () => {
    const { problems } = await tampering(1, blindTo(/^(wrapped-dek|anchor)$/));
    expect(problems.join("\n")).toMatch(/replace: a wrapped key/);
    expect(problems.join("\n")).toMatch(/roll the file back: nothing found/);
  });
});

describe("hammer", () => {
  test("writers and verifying readers agree on one growing log", async () => {
    expect(await hammerLocal(2)).toMatchObject(clean);
  });

  test("a proof that is not what was asked for, and a log that forks, are caught", async () => {
    // Each ends with its twentieth problem, long before its time.
    let old: ProofBundle | undefined;
    const stale = await hammerLocal(20, {
      planted: {
        target: (target) => ({
          ...target,
          async prove(ids) {
            old ??= await target.prove(ids);
            return old;
          },
        }),
      },
    });
    expect(stale.problems.join("\n")).toMatch(/a reader saw \d+ records, and then \d+/);
    const broken = await hammerLocal(20, {
      planted: {
        target: (target) => ({
          ...target,
          async append(texts, known) {
            const landed = await target.append(texts, known);
            return { ...landed, consistency: landed.consistency.map((hash) => hash.map((byte) => byte ^ 1)) };
          },
        }),
      },
    });
    expect(broken.problems.join("\n")).toMatch(/a writer: /);
  });

  test("memory that grows with what is written is caught", async () => {
    let leaked = 0;
    const { problems } = await hammerLocal(3, {
      sampleMs: 20,
      planted: {
        target: (target) => ({
          ...target,
          memory() {
            leaked += 2 ** 25;
            return target.memory() + leaked;
          },
        }),
      },
    });
    expect(problems.join("\n")).toMatch(/memory grows/);
  });
});

describe("soak", () => {
  const runs = { ends: "done", verdict: "Allow" } as const;
  const attacks = ATTACKS.filter(({ title }) =>
    /^(an infinite loop|a bomb of arrays|endless recursion|a flood of host calls|an honest Allow)$/.test(
      title,
    ),
  );

  test("honest runs among hostile ones answer to the byte, and the host is as it was", async () => {
    const report = await soak(45, { planted: { attacks } });
    expect(report).toMatchObject({ ...clean, counts: { honest: 30, hostile: 15 } });
  });

  test("an attack that ends otherwise, memory that grows and a host that stands still are caught", async () => {
    let leaked = 0;
    let stood = false;
    const computing = () => process.threadCpuUsage().user / 1000;
    const { problems } = await soak(12, {
      planted: {
        attacks: [
          { title: "a loop that is to be allowed", code: "for (;;) ;", limits: { cpuMs: 60 }, ...runs },
        ],
        memory() {
          leaked += 2 ** 26;
          return leaked;
        },
        sampleMs: 5,
        before() {
          const end = stood ? 0 : computing() + 1_200;
          while (computing() < end);
          stood = true;
        },
      },
    });
    expect(problems.join("\n")).toMatch(/a loop that is to be allowed ended as cpu-limit, ManualReview/);
    expect(problems.join("\n")).toMatch(/memory grows/);
    expect(problems.join("\n")).toMatch(/the event loop stood still/);
  });
});
