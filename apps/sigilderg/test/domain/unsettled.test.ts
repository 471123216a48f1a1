import { type CanonRecord, completeDraft } from "@sigil/canon";
import { generateSeed, signingKey } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { SERVICE_AUTHORITY, SERVICE_PRINCIPAL } from "../../src/domain/authority.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import { Unsettled } from "../../src/domain/runs/unsettled.ts";
import { MemoryStore } from "../memory-store.ts";

const note = (stream: string) =>
  draft({
    kind: "memory.block",
    space: "user",
    stream,
    loa: "Observer",
    author: { principal: "alice", loa: "Operator" },
    payload: { type: "episodic", text: stream, tags: [], visibility: "private" },
  });

/** A record that no tip of its stream will ever fit. */
const misplaced = (): CanonRecord =>
  completeDraft(note("memory/misplaced"), {
    seq: 7,
    prev: `sha256:${"0".repeat(64)}`,
    ts: "2026-01-01T00:00:00.000Z",
  });

const batch = (record: ReturnType<typeof note>) => ({
  records: [record],
  idempotency: { principal: SERVICE_PRINCIPAL, key: record.id },
});

describe("what has happened and waits to be recorded", () => {
  it("lands once the store takes it again, and only once", async () => {
    const store = new MemoryStore(signingKey(generateSeed()));
    const unsettled = new Unsettled(store);
    store.down = true;
    await expect(unsettled.land(batch(note("memory/a")), SERVICE_AUTHORITY)).rejects.toThrow("store is off");
    store.down = false;
    await unsettled.settle();
    await unsettled.settle();
    expect([store.records.length, unsettled.size]).toEqual([1, 0]);
    unsettled.close();
  });

  it("a batch that the store refuses for good leaves its replacement, and holds up nobody", async () => {
    const store = new MemoryStore(signingKey(generateSeed()));
    const unsettled = new Unsettled(store);
    store.down = true;
    const bad = batch(misplaced());
    for (const [first, instead] of [
      [bad, batch(note("memory/instead"))],
      [batch(note("memory/behind")), undefined],
    ] as const)
      await expect(unsettled.land(first, SERVICE_AUTHORITY, instead)).rejects.toThrow("store is off");
    store.down = false;
    await unsettled.settle();
    expect(store.records.map(({ stream }) => stream).sort()).toEqual(["memory/behind", "memory/instead"]);
    expect(unsettled.size).toBe(0);
    unsettled.close();
  });

  it("a refusal for good is told at once, with the replacement in place", async () => {
    const store = new MemoryStore(signingKey(generateSeed()));
    const unsettled = new Unsettled(store);
    await expect(
      unsettled.land(batch(misplaced()), SERVICE_AUTHORITY, batch(note("memory/instead"))),
    ).rejects.toThrow("prev-not-tip");
    expect(store.records.map(({ stream }) => stream)).toEqual(["memory/instead"]);
    expect(unsettled.size).toBe(0);
    unsettled.close();
  });
});
