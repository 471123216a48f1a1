import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("tiled-log");
let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime.stop();
  place.remove();
});

const get = (path: string) => fetch(`${runtime.url}${path}`);
const hash = (prefix: number, ...parts: Uint8Array[]) =>
  createHash("sha256")
    .update(Buffer.concat([Uint8Array.of(prefix), ...parts]))
    .digest();
function treeOf(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hash(1, treeOf(leaves.slice(0, split)), treeOf(leaves.slice(split)));
}

describe("the public log", () => {
  test("anybody reads checkpoint and tiles without a licence, and the tiles give the signed root", async () => {
    await runtime.json("memory", "write", "one more leaf");
    const answer = await get("/log/checkpoint");
    expect(answer.headers.get("content-type")).toContain("text/plain");
    const [, size = "", root] = (await answer.text()).split("\n");
    expect(Number(size)).toBeGreaterThan(1);
    expect(Number(size)).toBeLessThan(256);
    const bundle = Buffer.from(await (await get(`/log/tile/entries/000.p/${size}`)).arrayBuffer());
    const leaves: Uint8Array[] = [];
    for (let at = 0; at < bundle.length; ) {
      const end = at + 2 + bundle.readUInt16BE(at);
      leaves.push(hash(0, bundle.subarray(at + 2, end)));
      at = end;
    }
    const tile = Buffer.from(await (await get(`/log/tile/0/000.p/${size}`)).arrayBuffer());
    expect(tile).toEqual(Buffer.concat(leaves));
    expect(Buffer.from(treeOf(leaves)).toString("base64")).toBe(root);
    const proof = await (await get("/log/proof/0")).text();
    expect(proof).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 0\n/);
  });

  test("a tile that the log has not, and one of another spelling, are 404", async () => {
    expect((await get("/log/tile/0/009")).status).toBe(404);
    expect((await get("/log/tile/0/9")).status).toBe(404);
    expect((await get("/log/tile/0/000.p/256")).status).toBe(404);
    expect((await get("/log/tile/../../v1/memory")).status).not.toBe(200);
    expect((await get("/log/proof/999999")).status).toBe(404);
    expect((await get("/v1/log/consistency?from=1&to=999999")).status).toBe(404);
  });
});
