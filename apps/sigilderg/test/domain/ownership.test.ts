import type { CanonRecord } from "@sigil/canon";
import { describe, expect, it } from "vitest";
import { mayKnow } from "../../src/domain/records/ownership.ts";

const record = (kind: CanonRecord["kind"], payload: CanonRecord["payload"] = {}) => ({
  kind,
  author: { principal: "alice", loa: "Operator" as const },
  payload,
});

describe("ownership", () => {
  it.each(["run.input", "run.output", "run.calls", "run.log"] as const)(
    "%s is known to its principal alone",
    (kind) => {
      expect(mayKnow(record(kind), "alice")).toBe(true);
      expect(mayKnow(record(kind), "bob")).toBe(false);
    },
  );

  it("a memory block is known to others only when it was written as shared", () => {
    expect(mayKnow(record("memory.block", { visibility: "private" }), "bob")).toBe(false);
    expect(mayKnow(record("memory.block", {}), "bob")).toBe(false);
    expect(mayKnow(record("memory.block", { visibility: "shared" }), "bob")).toBe(true);
    expect(mayKnow(record("memory.block", { visibility: "private" }), "alice")).toBe(true);
  });

  it.each(["canon.entry", "decision", "decision.outcome", "chain.frozen"] as const)(
    "%s is known to everybody whose level may read it",
    (kind) => {
      expect(mayKnow(record(kind), "bob")).toBe(true);
    },
  );
});
