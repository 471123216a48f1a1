import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import {
  type CanonRecord,
  completeDraft,
  type ProofBundle,
  parseTrustFile,
  type RecordDraft,
  type SignedRotation,
  type TrustFile,
  verifyBundle,
} from "../src/index.ts";
import { bundleOf, draft, id, keys, log, ORIGIN, pin, TS, trust } from "./fixture.ts";
import { implementations } from "./implementations.ts";

const fresh = () => signingKey(generateSeed());
const successor = fresh();
const AT = log.length;

describe.each(implementations)("a rotation of a signing key, $name", ({ canon }) => {
  const rotation = (
    role: "record" | "log" = "record",
    changes: { from?: number; origin?: string; old?: SigningKey; next?: SigningKey } = {},
  ): SignedRotation =>
    canon.signRotation(
      { role, origin: changes.origin ?? ORIGIN, from: changes.from ?? AT + 1, ts: TS },
      changes.old ?? keys[role],
      changes.next ?? successor,
    );
  const recordOf = (payload: SignedRotation, n = 50, seq = 0, prev: string | null = null): CanonRecord => {
    const fields = { kind: "key.rotated", space: "system", stream: "system/keys", loa: "Guest" } as const;
    const made = draft(n, { ...fields, payload: payload as unknown as RecordDraft["payload"] });
    return completeDraft(made, { seq, prev, ts: TS });
  };
  const later = completeDraft(draft(60, { stream: "memory/bob" }), { seq: 0, prev: null, ts: TS });
  const size = AT + 2;

  /** The log of the fixture, a rotation at leaf 5 under the old key, and a record at leaf 6 under the new one. */
  function after(payload: SignedRotation, by: Partial<typeof keys> = { record: successor }): ProofBundle {
    const list = [...log, recordOf(payload), later];
    const old = bundleOf(list, keys);
    const next = bundleOf(list, { ...keys, ...by });
    return {
      ...next,
      entries: next.entries.map((entry, n) => (n === size - 1 ? entry : (old.entries[n] ?? entry))),
    };
  }

  test("verifies under the old and under the new key, and says what both signed", () => {
    expect(canon.verifyRotation(rotation())).toMatchObject({
      role: "record",
      from: AT + 1,
      old: { kid: keys.record.kid },
      new: { kid: successor.kid },
    });
  });

  test("is refused when only one of the two keys signed it", () => {
    const good = rotation();
    const stranger = rotation("record", { old: keys.stranger, next: fresh() });
    for (const by of [
      { old: good.by.old, new: good.by.old },
      { old: good.by.new, new: good.by.new },
      { old: stranger.by.old, new: good.by.new },
    ])
      expect(() => canon.verifyRotation({ ...good, by })).toThrow(/key-unknown|not among|does not verify/);
    const { old } = good.by;
    expect(() => canon.verifyRotation({ ...good, by: { old } })).toThrow("$.by.new");
    const renamed = { ...good.by.old, kid: successor.kid };
    expect(() => canon.verifyRotation({ ...good, by: { old: good.by.old, new: renamed } })).toThrow(
      "does not verify",
    );
  });

  test.each(["from", "role", "origin", "ts"] as const)(
    "is refused with another %s than was signed",
    (field) => {
      const { body, by } = rotation();
      const other = { from: AT + 2, role: "log", origin: `${ORIGIN}/x`, ts: "2026-11-22T12:00:00.001Z" }[
        field
      ];
      expect(() => canon.verifyRotation({ body: { ...body, [field]: other }, by })).toThrow(
        "does not verify",
      );
    },
  );

  test("is refused under a key that is not what its thumbprint says", () => {
    const { body, by } = rotation();
    const swapped = { ...body, new: { ...body.new, publicKey: body.old.publicKey } };
    expect(() => canon.verifyRotation({ body: swapped, by })).toThrow("thumbprint");
  });

  test("ends the old key where the new one begins", () => {
    const pinned = canon.rotatePinned(trust.keys, rotation().body, AT);
    expect(pinned.record).toEqual([pin(keys.record, 0, AT + 1), pin(successor, AT + 1)]);
    expect(pinned.log).toEqual(trust.keys.log);
    expect(canon.rotatePinned(pinned, rotation().body, AT)).toBe(pinned);
  });

  test("is refused when its range overlaps the old key's or leaves a gap", () => {
    for (const from of [0, AT, AT + 2])
      expect(() => canon.rotatePinned(trust.keys, rotation("record", { from }).body, AT)).toThrow(
        `the new record key begins at leaf ${from}`,
      );
  });

  test("never enrols a key twice, nor one for two purposes", () => {
    for (const next of [keys.record, keys.log, keys.sigilderg, keys.mmf])
      expect(() => canon.rotatePinned(trust.keys, rotation("record", { next }).body, AT)).toThrow(
        `key ${next.kid} is enrolled already`,
      );
  });

  test("is refused from a key that another has replaced", () => {
    const pinned = canon.rotatePinned(trust.keys, rotation().body, AT);
    const again = rotation("record", { from: AT + 4, next: fresh() });
    expect(() => canon.rotatePinned(pinned, again.body, AT + 3)).toThrow("is not the record key of leaf");
  });

  test("old records verify under the keys after it, and neither key signs leaves of the other", () => {
    const now = { ...trust, keys: canon.rotatePinned(trust.keys, rotation().body, AT) };
    const bundle = after(rotation());
    expect(verifyBundle(bundle, parseTrustFile(JSON.stringify(now))).verdict).toBe("verified");
    const oldSigns = bundleOf([...log, recordOf(rotation()), later], keys);
    expect(verifyBundle(oldSigns, now)).toMatchObject({ verdict: "refused", code: "key-not-pinned" });
    const newSigns = bundleOf(log, { ...keys, record: successor });
    expect(verifyBundle(newSigns, now)).toMatchObject({ verdict: "refused", code: "key-not-pinned" });
  });

  test("the trust file from before it refuses newer leaves by name, and follows the rotation that the bundle proves", () => {
    const bundle = after(rotation());
    expect(verifyBundle(bundle, trust)).toMatchObject({ verdict: "refused", code: "key-not-pinned" });
    const followed = canon.followRotations(trust, bundle);
    expect(followed.keys.record).toEqual([pin(keys.record, 0, AT + 1), pin(successor, AT + 1)]);
    expect(verifyBundle(bundle, followed).verdict).toBe("verified");
    expect(canon.followRotations(followed, bundle)).toBe(followed);
  });

  test("the log key is followed too, and the old one signs no larger checkpoint", () => {
    const payload = rotation("log");
    const bundle = after(payload, { log: successor });
    const followed = canon.followRotations(trust, bundle);
    expect(followed.keys.log).toEqual([pin(keys.log, 0, AT + 1), pin(successor, AT + 1)]);
    expect(verifyBundle(bundle, followed).verdict).toBe("verified");
    const stale = { ...bundle, checkpoint: bundleOf([...log, recordOf(payload), later], keys).checkpoint };
    expect(verifyBundle(stale, followed)).toMatchObject({ verdict: "refused", code: "key-not-pinned" });
    const open = canon.checkpointsUnder(ORIGIN, followed.keys.log);
    expect(open(bundle.checkpoint).size).toBe(size);
    expect(() => open(stale.checkpoint)).toThrow("is not valid for a checkpoint of 7 leaves");
  });

  test.each<[string, () => ProofBundle, string]>([
    ["by a stranger", () => after(rotation("record", { old: keys.stranger })), "is not the record key"],
    [
      "of another log",
      () => after(rotation("record", { origin: "sigil.local/log/else" })),
      "rotates a key of",
    ],
    [
      "that the log does not hold",
      () => {
        const bundle = after(rotation());
        const entries = bundle.entries.map((entry) => (entry.index === AT ? { ...entry, proof: [] } : entry));
        return { ...bundle, entries };
      },
      "inclusion-invalid",
    ],
    [
      "that one key signed",
      () => {
        const good = rotation();
        return after({ ...good, by: { old: good.by.old, new: good.by.old } });
      },
      "not among",
    ],
  ])("a rotation %s is not followed", (_name, bundle, why) => {
    const old: TrustFile = trust;
    expect(() => canon.followRotations(old, bundle())).toThrow(why);
  });

  test("two rotations are followed one after the other, and not the second alone", () => {
    const third = fresh();
    const first = rotation();
    const second = rotation("record", { old: successor, next: third, from: AT + 2 });
    const one = recordOf(first);
    const list = [...log, one, recordOf(second, 51, 1, canon.recordHash(one)), later];
    const by = [...log.map(() => keys.record), keys.record, successor, third];
    const parts = by.map((record) => bundleOf(list, { ...keys, record }));
    const entries = parts.flatMap((part, n) => part.entries.slice(n, n + 1));
    const bundle = { ...(parts[0] as ProofBundle), entries };
    const followed = canon.followRotations(trust, bundle);
    expect(followed.keys.record.map(({ from, to }) => [from, to])).toEqual([
      [0, AT + 1],
      [AT + 1, AT + 2],
      [AT + 2, null],
    ]);
    const disordered = entries.toReversed().map(({ record, ...leaf }) => {
      return leaf.index === 2 || record === undefined ? leaf : { ...leaf, record };
    });
    expect(canon.followRotations(trust, { ...bundle, entries: disordered })).toEqual(followed);
    const without = { ...bundle, entries: entries.filter(({ index }) => index !== AT) };
    expect(() => canon.followRotations(trust, without)).toThrow("is not the record key");
    expect(id(50)).toBe(one.id);
  });
});
