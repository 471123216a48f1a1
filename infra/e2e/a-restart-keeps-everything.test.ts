import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("restart");
afterAll(() => place.remove());

describe("a restart", () => {
  test("a restart keeps records, licences and trust, and the log only grows", async () => {
    const runtime = await Runtime.start(place.home);
    const written = await runtime.json("memory", "write", "kept across a restart");
    const observer = await runtime.json("license", "issue", "--principal", "reader", "--loa", "Observer");
    const trust = await runtime.json("canon", "trust");
    const before = await runtime.door("GET", "/v1/checkpoint", { licence: null });
    expect(await runtime.stop()).toBe(0);
    await runtime.start();
    const read = await runtime.json("memory", "get", written.id);
    expect(JSON.stringify(read)).toContain("kept across a restart");
    expect((await runtime.door("GET", "/v1/memory", { licence: observer.licence })).status).toBe(200);
    expect(await runtime.json("canon", "trust")).toEqual(trust);
    const after = await runtime.door("GET", "/v1/checkpoint", { licence: null });
    const [origin, size] = before.body.checkpoint.split("\n");
    const [originAfter, sizeAfter] = after.body.checkpoint.split("\n");
    expect(originAfter).toBe(origin);
    expect(Number(sizeAfter)).toBeGreaterThanOrEqual(Number(size));
    await runtime.stop();
  });

  test.skipIf(process.platform === "win32")("every file of the home is readable by its owner alone", () => {
    const walk = (folder: string): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        const mode = statSync(path).mode & 0o777;
        expect(mode & 0o077, `${path} has mode ${mode.toString(8)}`).toBe(0);
        if (entry.isDirectory()) walk(path);
      }
    };
    walk(place.home);
  });
});
