// A store in a process of its own, for killing: it joins the parts as the program does, writes, and says on standard
// output what was acknowledged, each line in one system call before the writer goes on.
import { renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ROTATED_ROLES } from "@sigil/canon";
import { type KeyRegistryFile, readServiceKeys } from "@sigil/service";
import { type OpenOptions, openStore } from "../../../apps/codex-nexus/src/domain/opening.ts";
import type { KeyFiles } from "../../../apps/codex-nexus/src/domain/signing-keys.ts";
import { pinnedKeys, readTrust } from "../../../apps/codex-nexus/src/home.ts";
import { FileAnchor } from "../../../apps/codex-nexus/src/store/anchor-file.ts";
import { openExclusively } from "../../../apps/codex-nexus/src/store/exclusive.ts";
import { HomeKeyFiles } from "../../../apps/codex-nexus/src/store/key-files.ts";
import { SealThreads } from "../../../apps/codex-nexus/src/store/seal-threads.ts";
import { memory } from "../../../apps/codex-nexus/test/support/drafts.ts";
import { planted, withoutSync } from "./defects.ts";
import { partText, type SubjectLine, type SubjectPlan } from "./plan.ts";

const say = (line: SubjectLine) => writeSync(1, `${JSON.stringify(line)}\n`);
const codeOf = (error: unknown) =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unnamed";
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const plan = JSON.parse(process.argv[2] ?? "") as SubjectPlan;
type Nexus = Awaited<ReturnType<typeof openStore>>;

async function open(): Promise<{ nexus: Nexus; release: () => void } | undefined> {
  const keys = readServiceKeys(plan.home, "codex-nexus");
  try {
    const { storage, release } = openExclusively(join(plan.home, "data"), {
      // That defect is planted in this thread's engine.
      threaded: plan.defect !== "no-sync",
    });
    try {
      const options: OpenOptions = {
        storage: planted(storage, plan.defect),
        keys,
        origin: keys.registry.origin,
        anchor: new FileAnchor(join(plan.home, "anchor/checkpoint")),
        pinned: pinnedKeys(keys.registry, readTrust(plan.home, keys.registry)),
        keyFiles: keyFiles(keys.registry),
        sealer: new SealThreads(),
        clock: Date.now,
        queueLimit: 4096,
        events: { committed() {}, failed() {}, damaged() {} },
      };
      return { nexus: await openStore(options), release };
    } catch (error) {
      await storage.close();
      release();
      throw error;
    }
  } catch (error) {
    say({ event: "not-opened", code: codeOf(error), message: messageOf(error) });
    return undefined;
  }
}

function keyFiles(registry: KeyRegistryFile): KeyFiles {
  const files = new HomeKeyFiles(plan.home, Date.now, () => readTrust(plan.home, registry));
  if (plan.defect !== "swap-before-record") return files;
  return {
    announce: (role) => files.announce(role),
    settle: (...args) => files.settle(...args),
    pinCeremony: (hash) => files.pinCeremony(hash),
    async prepare(role) {
      const key = await files.prepare(role);
      const beside = join(plan.home, `keys/codex-nexus/${role}.next.key`);
      renameSync(beside, beside.replace(".next", ""));
      return key;
    },
  };
}

async function rotate(nexus: Nexus): Promise<void> {
  for (const role of ROTATED_ROLES) {
    const { kid } = await nexus.rotation.rotate(role, Date.now());
    say({ event: "rotated", role, kid });
  }
}

async function write(nexus: Nexus, writer: number): Promise<void> {
  for (let n = 0; plan.requests === 0 || n < plan.requests; n += 1) {
    const request = `life ${plan.life} writer ${writer} request ${n}`;
    const parts = 1 + ((n + writer) % 3);
    const drafts = Array.from({ length: parts }, (_, part) =>
      memory(partText({ request, part, parts }), { stream: `memory/writer-${writer}` }),
    );
    const idempotency = { principal: "alice", key: request };
    try {
      const { records } = await nexus.append({ records: drafts, idempotency });
      for (const [at, { id, index }] of records.entries()) {
        say({ event: "acknowledged", text: String(drafts[at]?.payload.text), id, index });
      }
      if (plan.rotate === true && n === 0) await rotate(nexus);
    } catch (error) {
      say({ event: "refused", code: codeOf(error), message: messageOf(error) });
    }
  }
}

if (plan.defect === "no-sync") withoutSync();
const store = await open();
if (store !== undefined) {
  const { nexus, release } = store;
  say({ event: "open", size: nexus.checkpoint.size });
  await Promise.all(Array.from({ length: plan.writers }, (_, writer) => write(nexus, writer)));
  say({ event: "written" });
  if (plan.linger === true) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  try {
    await nexus.close();
    say({ event: "closed" });
  } catch (error) {
    say({ event: "not-closed", code: codeOf(error), message: messageOf(error) });
  }
  release();
}
