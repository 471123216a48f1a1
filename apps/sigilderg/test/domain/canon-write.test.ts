import { generateSeed, signingKey } from "@sigil/crypto";
import { BUILT_IN_POLICY } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { describe, expect, test } from "vitest";
import { makeDecision } from "../../src/domain/decisions/decisions.ts";
import { writeCanon } from "../../src/domain/records/canon-write.ts";
import { writeMemory } from "../../src/domain/records/memory.ts";
import { MemoryStore } from "../memory-store.ts";

const NOW = "2026-11-25T12:00:00.000Z";
const key = signingKey(generateSeed());

const madeFor = (action: string, principal = "alice") => {
  const caller = { principal, loa: "Operator", licence: { jti: "l", serial: 1, scope: ["*"] } } as const;
  const ground = {
    action,
    caller,
    facts: { mode: "solo" },
    policy: BUILT_IN_POLICY,
    route: "a test",
  } as const;
  return makeDecision(ground, NOW);
};
const entry = { slug: "one", title: "One", text: "a text" };
const place = () => ({ store: new MemoryStore(key), key, now: () => NOW });

describe("entries of a caller", () => {
  test("are its own whatever they say: author, space, and a stream below its own name", async () => {
    const parts = place();
    await writeCanon(parts, madeFor("canon.write"), [entry]);
    await writeCanon(parts, madeFor("canon.write", "bob"), [entry]);
    const entries = parts.store.records.filter(({ kind }) => kind === "canon.entry");
    expect(entries).toMatchObject([
      { space: "user", stream: "canon/alice/one", seq: 0, author: { principal: "alice" } },
      { space: "user", stream: "canon/bob/one", seq: 0, author: { principal: "bob" } },
    ]);
  });

  test("that are refused leave the decision with its failed outcome, and a store that is away leaves nothing", async () => {
    const parts = place();
    const theirs = [entry, { ...entry, stream: "canon/bob/one" }];
    await expect(writeCanon(parts, madeFor("canon.write"), theirs)).rejects.toMatchObject({
      code: "stream-not-own",
    });
    expect(parts.store.records.map(({ kind }) => kind)).toEqual(["decision", "decision.outcome"]);
    parts.store.down = true;
    await expect(writeCanon(parts, madeFor("canon.write"), [entry])).rejects.toBeInstanceOf(ProblemError);
    expect(parts.store.records).toHaveLength(2);
  });

  test("under a key that stands for a memory block are a conflict, and so is a block under a key of theirs", async () => {
    const parts = place();
    const block = { kind: "episodic", text: "x", visibility: "private" } as const;
    await writeMemory(parts, madeFor("memory.write"), block, "k-1");
    await writeCanon(parts, madeFor("canon.write"), [entry], "k-2");
    const conflict = { code: "idempotency-conflict" };
    await expect(writeCanon(parts, madeFor("canon.write"), [entry], "k-1")).rejects.toMatchObject(conflict);
    await expect(writeMemory(parts, madeFor("memory.write"), block, "k-2")).rejects.toMatchObject(conflict);
  });
});
