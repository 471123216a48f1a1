import type { CanonRecord, Json } from "@sigil/canon";
import { describe, expect, it } from "vitest";
import { Modules } from "../../src/domain/force/modules.ts";
import { draft } from "../../src/domain/records/drafts.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [A, B] = [digest("a"), digest("b")];
const common = { reason: "because", mode: "solo" };
const full = { id: "mentor", version: "1.0.0", capabilities: [], ...common };

/** The record of a change at a leaf. */
function record(payload: Record<string, Json>, stream = "system/module/mentor"): CanonRecord {
  const fields = { kind: "module.change", space: "system", stream, loa: "Observer" } as const;
  const made = draft({ ...fields, author: { principal: "rita", loa: "Root" }, payload });
  return { ...made, v: 1, seq: 0, prev: null, ts: "2026-11-25T12:00:00.000Z" };
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

  it("take a record that comes twice once", () => {
    const modules = new Modules();
    const once = record(registerA);
    modules.absorb(once, 1);
    modules.absorb(once, 1);
    expect(modules.eventsOf("mentor")).toHaveLength(1);
  });
});
