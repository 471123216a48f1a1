// Signing, canonicalisation, encryption and storage that fail once: one clear error, nothing half-written, and the next
// write works. Each failure is injected through the interface that the domain takes.
import type { SigningKey } from "@sigil/crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KekRing } from "../src/domain/kek.ts";
import type { CodexNexus } from "../src/domain/nexus.ts";
import type { Storage } from "../src/domain/storage.ts";
import { openExclusively } from "../src/store/exclusive.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";
import { verified } from "./support/verify.ts";

/** What fails at its next use, and only then. */
let broken: string | undefined;
let reported: unknown[] = [];
let home: TestHome;
let store: OpenedStore;
let nexus: CodexNexus;

function failsAt(point: string): void {
  if (broken !== point) return;
  broken = undefined;
  throw new Error(`secret detail of ${point}`);
}

/** A key that cannot sign, as a token that was pulled out cannot. */
function breakable(key: SigningKey, point: string): SigningKey {
  return {
    kid: key.kid,
    publicKey: key.publicKey,
    sign(message) {
      failsAt(point);
      return key.sign(message);
    },
  };
}

function breakableStorage(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        failsAt(String(name));
        return value.apply(target, args) as unknown;
      };
    },
  });
}

beforeEach(async () => {
  broken = undefined;
  reported = [];
  home = temporaryHome();
  await bootstrapped(home);
  const exclusive = openExclusively(home.data);
  exclusive.release();
  store = await opened(home, {
    storage: breakableStorage(exclusive.storage),
    keys: {
      root: home.keys.root,
      record: breakable(home.keys.record, "record key"),
      log: breakable(home.keys.log, "log key"),
    },
    events: { committed() {}, failed: (_, error) => reported.push(error), damaged() {} },
  });
  nexus = store.nexus;
});
afterEach(async () => {
  await store.close();
  home.remove();
});

const three = () => [memory("one"), memory("two", { stream: "memory/bob" }), memory("three")];

describe("a failure while writing", () => {
  test.each(["record key", "log key", "commit", "taken", "streamTip", "idempotency"])(
    "of %s is one clear error that hides its cause, leaves nothing, and is over with the next write",
    async (point) => {
      const before = nexus.checkpoint;
      const records = three();
      const request = { records, idempotency: { principal: "alice", key: point } };
      broken = point;
      const refusal: unknown = await nexus.append(request).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: "ProblemError", code: "store-unwritable" });
      expect(String(refusal)).not.toContain("secret detail");
      expect(reported).toHaveLength(1);
      expect(nexus.checkpoint).toEqual(before);
      for (const { id } of records)
        await expect(nexus.read(id, "Root")).rejects.toMatchObject({ code: "not-found" });
      expect((await verified(home, home.data)).findings).toEqual([]);

      const again = await nexus.append(request);
      expect(again).toMatchObject({ replayed: false, records: [{ seq: 0 }, { seq: 0 }, { seq: 1 }] });
      expect((await verified(home, home.data)).findings).toEqual([]);
    },
  );

  test("of encryption, when the active key does not seal", async () => {
    const records = three();
    const { forWrapping } = KekRing.prototype;
    KekRing.prototype.forWrapping = function (this: KekRing, keys?: number) {
      failsAt("seal");
      return forWrapping.call(this, keys);
    };
    broken = "seal";
    const refusal: unknown = await nexus.append({ records }).catch((error: unknown) => error);
    KekRing.prototype.forWrapping = forWrapping;
    expect(broken, "sealing was reached").toBeUndefined();
    expect(refusal).toMatchObject({ code: "store-unwritable" });
    expect((await nexus.append({ records })).records).toHaveLength(3);
    expect((await verified(home, home.data)).findings).toEqual([]);
  });

  test("of canonicalisation names the fact, with and without an idempotency key", async () => {
    const bad = memory("\ud800");
    for (const extra of [{}, { idempotency: { principal: "alice", key: "k" } }]) {
      const refusal = nexus.append({ records: [memory("good"), bad], ...extra });
      await expect(refusal).rejects.toMatchObject({ name: "ProblemError", code: "record-invalid" });
    }
    expect(nexus.checkpoint.size).toBe(1);
    expect((await nexus.append({ records: [memory("good")] })).records).toMatchObject([{ index: 1, seq: 0 }]);
  });
});
