import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CanonRecord,
  checkpointsUnder,
  followRotations,
  parseTrustFile,
  type RotatedRole,
  signRotation,
  type TrustFile,
  verifyBundle,
} from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import { readKeyRegistry, readServiceKeys } from "@sigil/service";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyCommand } from "../src/commands/verify.ts";
import { MonotonicClock } from "../src/domain/clock.ts";
import { LogHead } from "../src/domain/head.ts";
import { KekRing } from "../src/domain/kek.ts";
import { requireRoot } from "../src/domain/opening.ts";
import { BatchPlan } from "../src/domain/plan.ts";
import type { KeyFiles } from "../src/domain/signing-keys.ts";
import type { CommitBatch, Storage } from "../src/domain/storage.ts";
import { Tips } from "../src/domain/tips.ts";
import { keysAt } from "../src/domain/verify/keys.ts";
import { pinnedKeys, readTrust } from "../src/home.ts";
import { DATABASE, openExclusively } from "../src/store/exclusive.ts";
import { SqliteInspection } from "../src/store/inspection.ts";
import { HomeKeyFiles } from "../src/store/key-files.ts";
import { wholeBundle } from "./support/bundle.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened, pinnedOf } from "./support/store.ts";

let home: TestHome;
let first: TrustFile;
let store: OpenedStore | undefined;

const trustFile = () => join(home.folder, "trust.json");
const trusted = () => parseTrustFile(readFileSync(trustFile()));
const keyFolder = () => join(home.folder, "keys/codex-nexus");
const keyFiles = () => readdirSync(keyFolder()).sort();
const SETTLED = ["channel.key", "log.key", "record.key", "root.key"];
const registry = () => readKeyRegistry(home.folder);
const files = () => new HomeKeyFiles(home.folder, Date.now, () => readTrust(home.folder, registry()));
/** Opens every sealed file, which costs more than the rest of most tests. */
const keys = () => readServiceKeys(home.folder, "codex-nexus");

/** Opens the store as the program does: keys, registry and trust file as they lie in the home. */
async function start(options: Parameters<typeof opened>[1] = {}): Promise<OpenedStore> {
  const own = keys();
  const pinned = pinnedKeys(own.registry, readTrust(home.folder, own.registry));
  store = await opened(home, { keys: own, pinned, keyFiles: files(), ...options });
  return store;
}

async function restarted(): Promise<OpenedStore> {
  await store?.close();
  return start();
}

const rotate = (role: RotatedRole) => (store as OpenedStore).nexus.rotation.rotate(role, Date.now());
const write = async (text: string) => {
  const { records } = await (store as OpenedStore).nexus.append({ records: [memory(text)] });
  return records[0]?.id as string;
};

/** The whole verification by what the home pins now. */
function verified({ keyless = false } = {}) {
  return verifyCommand({
    open: () => SqliteInspection.open(join(home.data, DATABASE)),
    origin: home.origin,
    pinned: pinnedKeys(registry(), trusted()),
    genesis: first.genesis,
    keys: keyless ? undefined : keys(),
    anchor: readFileSync(home.anchor, "utf8"),
  });
}

beforeEach(async () => {
  home = temporaryHome();
  const genesis = await bootstrapped(home);
  const { runtimeId, origin } = home;
  first = {
    ...{ v: 1, type: "sigil-trust", runtimeId, origin, genesis },
    epochs: [{ epoch: 0, origin, from: 0 }],
    keys: { ...pinnedOf(home), issuer: [] },
    quorum: { mode: "solo", ceremony: null },
  };
  writeFileSync(trustFile(), `${JSON.stringify(first, null, 2)}\n`, { mode: 0o600 });
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  home.remove();
});

describe.each(["record", "log"] as const)("a rotation of the %s key", (role) => {
  test("is a record that both keys signed, and each key is valid for its own leaves", async () => {
    const { nexus } = await start();
    const old = home.keys[role].kid;
    const before = await write("under the old key");
    const { kid, from, place } = await rotate(role);
    const after = await write("under the new key");
    expect(from).toBe(place.index + 1);
    expect(trusted().keys[role].map((pin) => [pin.kid, pin.from, pin.to])).toEqual([
      [old, 0, from],
      [kid, from, null],
    ]);
    expect(registry().keys.filter((row) => row.purpose === role)).toMatchObject([
      { kid: old, to: from },
      { kid, from },
    ]);
    expect(nexus.signingKeys().filter((key) => key.role === role)).toEqual([
      { role, kid: old, from: 0, to: from, leaves: from },
      { role, kid, from, to: null, leaves: 1 },
    ]);
    const bundle = await wholeBundle(nexus.bundle([before, after], "Root"));
    expect(verifyBundle(bundle, trusted())).toMatchObject({ verdict: "verified" });
    expect(verifyBundle(bundle, first)).toMatchObject({ verdict: "refused", code: "key-not-pinned" });
    expect(followRotations(first, bundle)).toEqual(trusted());
  });

  test("leaves one sealed file of mode 600 and forgets the old private key", async () => {
    await start();
    const old = readFileSync(join(keyFolder(), `${role}.key`), "utf8");
    const { kid } = await rotate(role);
    expect(keyFiles()).toEqual(SETTLED);
    expect(keys()[role].kid).toBe(kid);
    expect(keys().spare).toEqual({});
    for (const name of keyFiles()) expect(readFileSync(join(keyFolder(), name), "utf8")).not.toBe(old);
  });

  test("twice, with a restart between, leaves a store that reads and verifies whole", async () => {
    await start();
    const ids = [await write("one")];
    await rotate(role);
    ids.push(await write("two"));
    await restarted();
    await rotate(role);
    ids.push(await write("three"));
    const { nexus } = await restarted();
    for (const id of ids) expect((await nexus.read(id, "Root")).signed.record.id).toBe(id);
    expect(verifyBundle(await wholeBundle(nexus.bundle(ids, "Root")), trusted()).verdict).toBe("verified");
    await store?.close();
    expect(await verified()).toMatchObject({ ok: true, findings: [] });
    expect(trusted().keys[role]).toHaveLength(3);
  });

  test("that was interrupted before its record is undone by the next start", async () => {
    await start();
    const old = home.keys[role].kid;
    await files().prepare(role);
    await restarted();
    expect(keyFiles()).toEqual(SETTLED);
    expect(keys()[role].kid).toBe(old);
    expect(trusted()).toEqual(first);
  });

  test.each(["trust.json", "registry.json", "the key file"])(
    "that was interrupted before %s is finished by the next start",
    async (missing) => {
      const files0 = files();
      const crashing: KeyFiles = {
        announce: (which) => files0.announce(which),
        prepare: (which) => files0.prepare(which),
        pinCeremony: (hash) => files0.pinCeremony(hash),
        async settle(pinned, signing) {
          if (signing[role].kid === keys()[role].kid) return files0.settle(pinned, signing);
          const registry = readFileSync(join(home.folder, "keys/registry.json"));
          if (missing !== "trust.json") files0.publish(pinned);
          if (missing === "registry.json") writeFileSync(join(home.folder, "keys/registry.json"), registry);
          throw new Error("killed here");
        },
      };
      await start({ keyFiles: crashing });
      const old = home.keys[role].kid;
      await expect(rotate(role)).rejects.toThrow("killed here");
      expect(existsSync(join(keyFolder(), `${role}.next.key`))).toBe(true);
      await restarted();
      expect(keyFiles()).toEqual(SETTLED);
      expect(keys()[role].kid).not.toBe(old);
      expect(trusted().keys[role]).toHaveLength(2);
      await write("after the crash");
      await store?.close();
      expect(await verified()).toMatchObject({ ok: true, findings: [] });
    },
  );

  test.each([true, false])(
    "whose commit fails is decided by what is on disk (persisted: %s)",
    async (persisted) => {
      const { storage, release } = openExclusively(home.data);
      release();
      let failing = false;
      const switched: Storage = new Proxy(storage, {
        get(target, name) {
          if (name === "commit" && failing) {
            return async (batch: CommitBatch) => {
              failing = false;
              if (persisted) await target.commit(batch);
              throw new Error("the disk says no");
            };
          }
          const value: unknown = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      await start({ storage: switched });
      const old = home.keys[role].kid;
      failing = true;
      await expect(rotate(role)).rejects.toMatchObject({ code: "store-unwritable" });
      await write("goes on");
      expect(trusted().keys[role]).toHaveLength(persisted ? 2 : 1);
      expect(keys()[role].kid === old).toBe(!persisted);
      expect(keyFiles()).toEqual(SETTLED);
      await store?.close();
      expect(await verified()).toMatchObject({ ok: true, findings: [] });
    },
  );

  test("does not open with a home that was copied before it", async () => {
    await start();
    const stale = {
      registry: readFileSync(join(home.folder, "keys/registry.json")),
      key: readFileSync(join(keyFolder(), `${role}.key`)),
    };
    await rotate(role);
    await store?.close();
    store = undefined;
    writeFileSync(join(home.folder, "keys/registry.json"), stale.registry);
    writeFileSync(join(keyFolder(), `${role}.key`), stale.key);
    await expect(start()).rejects.toMatchObject({ code: "signing-key-missing" });
  });
});

test("one rotation at a time", async () => {
  await start();
  const both = await Promise.allSettled([rotate("record"), rotate("record")]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(both.find(({ status }) => status === "rejected")).toMatchObject({
    reason: { code: "rotation-running" },
  });
});

test("nobody but the store writes the record of a rotation", async () => {
  const { nexus } = await start();
  const rotation = signRotation(
    { role: "record", origin: home.origin, from: 2, ts: new Date().toISOString() },
    home.keys.record,
    signingKey(generateSeed()),
  );
  const forged = { ...memory("x"), kind: "key.rotated", space: "system", stream: "system/keys" } as const;
  const payload = rotation as unknown as CanonRecord["payload"];
  await expect(nexus.append({ records: [{ ...forged, payload }] })).rejects.toMatchObject({
    code: "author-not-allowed",
  });
});

test("writers beside a rotation lose nothing, and their records are under the key of their leaf", async () => {
  const { nexus } = await start();
  const texts = Array.from({ length: 60 }, (_, n) => `beside ${n}`);
  const writes = texts.map((text) => write(text));
  const rotated = rotate("record").then(() => rotate("log"));
  const more = texts.map((text) => write(`${text} again`));
  await rotated;
  const ids = await Promise.all([...writes, ...more]);
  expect(verifyBundle(await wholeBundle(nexus.bundle(ids, "Root")), trusted()).verdict).toBe("verified");
  await store?.close();
  expect(await verified()).toMatchObject({ ok: true, findings: [] });
});

describe("a replaced key in an attacker's hand", () => {
  /** The log goes on as if `signers` were still its keys: rows, tree and checkpoint as the store itself would write them. */
  async function goOn(signers: { record: SigningKey; log: SigningKey }): Promise<void> {
    await store?.close();
    store = undefined;
    const { storage, release } = openExclusively(home.data);
    const meta = await storage.meta();
    if (meta === undefined) throw new Error("no store");
    const root = requireRoot(home.keys.root, meta, home.origin);
    const ring = new KekRing(root, await storage.keks());
    const { record, log } = trusted().keys;
    const tips = new Tips(storage, root, ring, keysAt(record));
    const clock = new MonotonicClock(Date.now, "");
    const head = await LogHead.load(storage, home.origin, checkpointsUnder(home.origin, log));
    const plan = new BatchPlan({ storage, root, ring, recordKey: signers.record, tips, clock }, head.size);
    await plan.place({ records: [memory("planted")] });
    await plan.seal();
    const { head: next, nodes } = head.append(plan.leafHashes, signers.log);
    await storage.commit({ leaves: plan.leaves, nodes, checkpoint: next.checkpoint, idempotency: [] });
    await storage.close();
    release();
  }

  test("signs no record beyond its range: the store serves none, and verify names it", async () => {
    await start();
    const { from } = await rotate("record");
    await goOn({ record: home.keys.record, log: home.keys.log });
    const { findings } = await verified();
    expect(findings).toMatchObject([{ index: from, check: "signature" }]);
    const { nexus } = await start();
    const { records } = await nexus.query({ kinds: ["key.rotated"], order: "asc", limit: 10 }, "Root");
    expect(records).toHaveLength(1);
    const id = findings[0]?.id as string;
    await expect(nexus.read(id, "Root")).rejects.toMatchObject({ code: "record-damaged" });
  });

  test("signs no checkpoint beyond its range: the store does not open, and an audit without keys names it", async () => {
    await start();
    await rotate("log");
    await goOn({ record: home.keys.record, log: home.keys.log });
    for (const keyless of [false, true]) {
      const { findings } = await verified({ keyless });
      expect(findings[0]).toMatchObject({ index: null, check: "checkpoint" });
      expect(findings[0]?.detail).toContain("not valid for a checkpoint of 3 leaves");
    }
    await expect(start()).rejects.toMatchObject({ code: "checkpoint-damaged" });
  });

  test("a new key signs nothing before it is recorded", async () => {
    await start();
    const next = await files().prepare("record");
    await goOn({ record: next, log: home.keys.log });
    expect((await verified()).findings).toMatchObject([{ index: 1, check: "signature" }]);
  });
});

describe("a forged rotation in the store", () => {
  const stranger = () => signingKey(generateSeed());
  // What somebody with every key of the home but the will of its operator could plant: a record of the right kind that is sealed and in the log.
  async function planted(payload: (index: number) => unknown): Promise<number> {
    const { nexus } = await start();
    let index = 0;
    const place = BatchPlan.prototype.place;
    BatchPlan.prototype.place = function (request) {
      const records = request.records.map((record) =>
        record.kind === "key.rotated"
          ? { ...record, payload: payload(index) as CanonRecord["payload"] }
          : record,
      );
      return place.call(this, { ...request, records });
    };
    try {
      index = nexus.checkpoint.size;
      await rotate("record");
    } finally {
      BatchPlan.prototype.place = place;
    }
    await write("after it");
    await store?.close();
    return index;
  }
  const about = (index: number) =>
    ({ origin: home.origin, role: "record", from: index + 1, ts: new Date().toISOString() }) as const;

  test.each<[string, (index: number) => unknown, string]>([
    [
      "by a key that was never the record key",
      (index) => signRotation(about(index), stranger(), stranger()),
      "is not the record key",
    ],
    [
      "that one key signed",
      (index) => {
        const { body, by } = signRotation(about(index), home.keys.record, stranger());
        return { body, by: { old: by.old, new: by.old } };
      },
      "not among the trusted keys",
    ],
    [
      "whose range overlaps",
      (index) => signRotation({ ...about(index), from: 0 }, home.keys.record, stranger()),
      "begins at leaf 0",
    ],
    [
      "to a key of another purpose",
      (index) => signRotation(about(index), home.keys.record, home.keys.log),
      "enrolled already",
    ],
    [
      "of another log",
      (index) =>
        signRotation({ ...about(index), origin: "sigil.local/log/else" }, home.keys.record, stranger()),
      "rotates a key of the log",
    ],
  ])("%s counts for nothing, and verify names it", async (_name, payload, detail) => {
    const index = await planted(payload);
    expect(trusted()).toEqual(first);
    expect(keyFiles()).toEqual(SETTLED);
    const report = await verified();
    expect(report.findings).toEqual([
      expect.objectContaining({ index, check: "key-rotation", detail: expect.stringContaining(detail) }),
    ]);
  });
});
