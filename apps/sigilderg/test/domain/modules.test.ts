import type { CanonRecord, Json } from "@sigil/canon";
import { describe, expect, it } from "vitest";
import { Modules } from "../../src/domain/force/modules.ts";
import { draft } from "../../src/domain/records/drafts.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [A, B] = [digest("a"), digest("b")];
const ID = "01930000-0000-7000-8000-000000000001";
const common = { reason: "because", mode: "solo" };
const full = { id: "mentor", version: "1.0.0", capabilities: [], ...common };

/** The record of a change at a leaf. */
function record(payload: Record<string, Json>, stream = "system/module/mentor"): CanonRecord {
  const fields = { kind: "module.change", space: "system", stream, loa: "Observer" } as const;
  const made = draft({ ...fields, author: { principal: "rita", loa: "Root" }, payload });
  return { ...made, v: 1, seq: 0, prev: null, ts: "2026-11-25T12:00:00.000Z" };
}

/** The record of a suspension. */
function suspension(payload: Record<string, Json>): CanonRecord {
  return { ...record(payload, "evidence/mentor"), kind: "module.suspended" };
}

function afterwards(...changes: Record<string, Json>[]): Modules {
  const modules = new Modules();
  changes.forEach((change, leaf) => {
    modules.absorb(record(change), leaf + 1);
  });
  return modules;
}

const codeOf = (work: () => unknown) => {
  try {
    work();
    return "accepted";
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe("the modules that may run", () => {
  const registerA = { ...full, change: "register", digest: A };
  const registerB = { ...full, change: "register", digest: B };
  const revoke = (which: string) => ({ ...common, id: "mentor", change: "revoke", digest: which });
  const reinstateA = { ...full, change: "reinstate", digest: A };

  it("are those of the newest registered digest", () => {
    expect(afterwards(registerA, registerB).inForce("mentor")?.digest).toBe(B);
    expect(afterwards(registerA).inForce("other")).toBeUndefined();
  });

  it("are none while the newest digest is revoked: an older one does not run instead", () => {
    expect(afterwards(registerA, registerB, revoke(B)).inForce("mentor")).toBeUndefined();
    expect(afterwards(registerA, registerB, revoke(A)).inForce("mentor")?.digest).toBe(B);
  });

  it("run again when they are reinstated", () => {
    expect(afterwards(registerA, revoke(A), reinstateA).inForce("mentor")?.digest).toBe(A);
  });

  it("are known as they were at any leaf", () => {
    const modules = afterwards(registerA, registerB, revoke(B));
    const at = (leaf: number) => modules.inForce("mentor", { leaf })?.digest;
    expect([at(0), at(1), at(2), at(3)]).toEqual([undefined, A, B, undefined]);
  });

  it.each([
    ["the registration of a revoked digest", [registerA, revoke(A), registerA]],
    ["the registration of the digest in force", [registerA, registerA]],
    ["the revocation of a digest that never was registered", [revoke(A)]],
    ["a second revocation", [registerA, revoke(A), revoke(A)]],
    ["the reinstatement of a digest that is not revoked", [registerA, reinstateA]],
    ["a payload that is none", [{ change: "register", id: "mentor" }]],
  ])("are not read from a log with %s", (_, changes) => {
    expect(codeOf(() => afterwards(...changes))).toBe("governing-record-invalid");
  });

  it("are not read from a record in another module's stream", () => {
    const stray = record(registerA, "system/module/other");
    expect(codeOf(() => new Modules().absorb(stray, 1))).toBe("governing-record-invalid");
  });

  describe("a suspension", () => {
    const counted = { record: ID, violation: "cpu-limit", run: ID, chain: B };
    const suspended = (which: string) =>
      suspension({
        ...common,
        id: "mentor",
        digest: which,
        evidence: [counted],
        limit: { violations: 1, hours: 1 },
      });
    /** Follows records in their order, each at its leaf. */
    const follow = (...records: CanonRecord[]) => {
      const modules = new Modules();
      records.forEach((each, leaf) => {
        modules.absorb(each, leaf + 1);
      });
      return modules;
    };

    it("stops its digest alone, and says so until it is reinstated or another digest takes its place", () => {
      const stopped = follow(record(registerA), suspended(A));
      expect(stopped.inForce("mentor")).toBeUndefined();
      expect(stopped.refusalToRun("mentor").code).toBe("module-suspended");
      expect(follow(record(registerA), suspended(B)).inForce("mentor")?.digest).toBe(A);
      expect(follow(record(registerA), suspended(A), record(reinstateA)).inForce("mentor")?.digest).toBe(A);
      expect(follow(record(registerA), suspended(A), record(registerB)).inForce("mentor")?.digest).toBe(B);
    });

    it("is one, however many runs that end together bring it; it takes nothing from a revocation", () => {
      const twice = follow(record(registerA), suspended(A), suspended(A));
      expect(twice.eventsOf("mentor").map(({ change }) => change)).toEqual(["register", "suspend"]);
      const revoked = follow(record(registerA), record(revoke(A)), suspended(A));
      expect(revoked.stopped("mentor", A)).toBe("revoked");
      expect(follow(record(registerA), suspended(A), record(revoke(A))).stopped("mentor", A)).toBe("revoked");
    });

    it("was in force from its leaf on, and is forgiven at the leaf of the reinstatement", () => {
      const modules = follow(record(registerA), suspended(A), record(reinstateA));
      expect([1, 2, 3].map((leaf) => modules.inForce("mentor", { leaf })?.digest)).toEqual([A, undefined, A]);
      expect(modules.forgivenAt("mentor", A)).toBe(3);
      expect(follow(record(registerA)).forgivenAt("mentor", A)).toBe(-1);
    });

    it("is not read from another module's stream, nor from a payload that is none", () => {
      expect(codeOf(() => follow({ ...suspended(A), stream: "evidence/other" }))).toBe(
        "governing-record-invalid",
      );
      expect(codeOf(() => follow(suspension({ id: "mentor" })))).toBe("governing-record-invalid");
    });
  });

  it("take a record that comes twice once", () => {
    const modules = new Modules();
    const once = record(registerA);
    modules.absorb(once, 1);
    modules.absorb(once, 1);
    expect(modules.eventsOf("mentor")).toHaveLength(1);
  });
});
