import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("key-rotation");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime.stop();
  place.remove();
});

describe("the key-encryption key", () => {
  test("rotates beside a running runtime, by a recorded decision, and everything still reads and verifies", async () => {
    const written = await runtime.json("memory", "write", "sealed under the first key");
    const before = await runtime.json("key", "status");
    expect(before.keks).toHaveLength(1);
    const rotated = await runtime.json("key", "rotate", "kek", "--wait");
    const after = await runtime.json("key", "status");
    expect(after).toMatchObject({ rotating: false, keks: [{ id: rotated.kek, active: true }] });
    expect(rotated.kek).not.toBe(before.keks[0].id);
    expect(JSON.stringify(await runtime.json("memory", "get", written.id))).toContain("first key");
    expect((await runtime.json("canon", "verify")).findings).toEqual([]);
    const shown = await runtime.json("decision", "show", rotated.decision);
    expect(shown).toMatchObject({ body: { action: "key.rotate" }, outcome: { status: "done" } });
  });

  test("is not rotated for less than a Root licence", async () => {
    const answer = await runtime.door("POST", "/v1/keys/rotations", { body: { key: "kek" } });
    expect(answer.status).toBe(403);
    expect((await runtime.json("key", "status")).keks).toHaveLength(1);
  });
});
