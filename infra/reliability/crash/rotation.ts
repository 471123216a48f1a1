import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile, type TrustFile } from "@sigil/canon";
import { readServiceKeys } from "@sigil/service";
import { verifyCommand } from "../../../apps/codex-nexus/src/commands/verify.ts";
import { pinnedKeys, readTrust } from "../../../apps/codex-nexus/src/home.ts";
import { DATABASE } from "../../../apps/codex-nexus/src/store/exclusive.ts";
import { SqliteInspection } from "../../../apps/codex-nexus/src/store/inspection.ts";
import { HomeKeyFiles } from "../../../apps/codex-nexus/src/store/key-files.ts";
import { memory } from "../../../apps/codex-nexus/test/support/drafts.ts";
import { type TestHome, temporaryHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { bootstrapped, opened, pinnedOf } from "../../../apps/codex-nexus/test/support/store.ts";
import type { HarnessReport, Progress } from "../report.ts";
import { Life, type Told } from "../subject/life.ts";
import type { Defect } from "../subject/plan.ts";
import { injecting, keyPaths, type WriteCall } from "../subject/strace.ts";

const CALLS = ["openat", "write", "fsync", "rename", "unlink"] as const satisfies readonly WriteCall[];

/**
 * Kills a process that rotates both signing keys, at each system call on key files, trust file and registry. Afterwards the
 * next start must find one key for each role, the one that the log says; every acknowledged rotation and record must be
 * there, the store must verify by what the home pins, and take the next write.
 */
export async function killsDuringRotation(
  program: string,
  options: { calls?: readonly WriteCall[]; stride?: number; defect?: Defect; progress?: Progress } = {},
): Promise<HarnessReport> {
  const { calls = CALLS, stride = 1, defect = null, progress } = options;
  const problems: string[] = [];
  const counts: Record<string, number> = { rotated: 0 };
  let rounds = 0;
  for (const call of calls) {
    counts[call] = 0;
    for (let nth = 1; ; nth += stride) {
      const home = await trustedHome();
      try {
        const plan = {
          home: home.folder,
          life: `${call} ${nth}`,
          writers: 1,
          requests: 2,
          rotate: true,
          defect,
        };
        const around = injecting(home.folder, call, "signal=KILL", nth, false, keyPaths(home.folder));
        const told = await new Life(program, plan, around).ended;
        rounds += 1;
        counts.rotated = (counts.rotated ?? 0) + told.rotated.length;
        const found = await afterRotation(home, told);
        problems.push(...found.map((problem) => `killed at ${call} number ${nth}: ${problem}`));
        if (told.closed) break;
        if (told.signal !== "SIGKILL" && told.code !== 137) {
          problems.push(
            `killed at ${call} number ${nth}: it ended by itself with ${told.code}: ${told.stderr}`,
          );
          break;
        }
        counts[call] += 1;
      } finally {
        home.remove();
      }
    }
    progress?.(`${counts[call]} kills at ${call} during a rotation`);
  }
  return { harness: "crash, during a rotation of signing keys", rounds, counts, problems };
}

async function trustedHome(): Promise<TestHome> {
  const home = temporaryHome();
  const genesis = await bootstrapped(home);
  const { runtimeId, origin } = home;
  const trust: TrustFile = {
    ...{ v: 1, type: "sigil-trust", runtimeId, origin, genesis },
    epochs: [{ epoch: 0, origin, from: 0 }],
    keys: { ...pinnedOf(home), issuer: [] },
    quorum: { mode: "solo", ceremony: null },
  };
  writeFileSync(join(home.folder, "trust.json"), `${JSON.stringify(trust, null, 2)}\n`, { mode: 0o600 });
  return home;
}

async function afterRotation(home: TestHome, told: Told): Promise<string[]> {
  const keys = () => readServiceKeys(home.folder, "codex-nexus");
  const trust = () => readTrust(home.folder, keys().registry);
  const problems: string[] = [];
  try {
    const store = await opened(home, {
      keys: keys(),
      pinned: pinnedKeys(keys().registry, trust()),
      keyFiles: new HomeKeyFiles(home.folder, Date.now, trust),
    });
    try {
      if (store.nexus.alarm !== undefined) return [`alarm: ${store.nexus.alarm.detail}`];
      for (const { id } of told.acknowledged) await store.nexus.read(id, "Root");
      await store.nexus.append({ records: [memory("the next write")] });
    } finally {
      await store.close();
    }
    const pinned = parseTrustFile(readFileSync(join(home.folder, "trust.json"))).keys;
    for (const { role, kid } of told.rotated)
      if (!pinned[role].some((pin) => pin.kid === kid))
        problems.push(`the rotation to ${role} key ${kid} is lost`);
    for (const role of ["record", "log"] as const)
      if (keys()[role].kid !== pinned[role].at(-1)?.kid)
        problems.push(`${role}.key is not the key that is pinned last`);
    const left = readdirSync(join(home.folder, "keys/codex-nexus")).filter((name) => /next\.key$/.test(name));
    if (left.length > 0) problems.push(`${left.join(", ")} is left`);
    const report = await verifyCommand({
      open: () => SqliteInspection.open(join(home.data, DATABASE)),
      origin: home.origin,
      pinned: pinnedKeys(keys().registry, trust()),
      genesis: trust()?.genesis,
      keys: keys(),
      anchor: readFileSync(home.anchor, "utf8"),
    });
    problems.push(
      ...report.findings.map(({ index, check, detail }) => `verify: ${index} ${check}: ${detail}`),
    );
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}
