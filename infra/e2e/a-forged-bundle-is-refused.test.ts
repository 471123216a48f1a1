import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const honest = temporaryHome("honest");
const forger = temporaryHome("forger");
const folder = join(honest.parent, "verifier");
let trust: string;

/** A whole second runtime plays the forger: its bundle is right in everything but the keys. */
beforeAll(async () => {
  mkdirSync(folder);
  trust = join(folder, "trust.json");
  const first = await Runtime.start(honest.home);
  copyFileSync(join(honest.home, "trust.json"), trust);
  await first.stop();
  const second = await Runtime.start(forger.home);
  const { id } = await second.json("memory", "write", "a forged note");
  await second.cli("canon", "export", id, "--out", join(folder, "bundle.json"));
  copyFileSync(join(forger.home, "trust.json"), join(folder, "forger-trust.json"));
  await second.stop();
});
afterAll(() => {
  honest.remove();
  forger.remove();
});

describe("a bundle under keys that the trust file does not pin", () => {
  test("a bundle with the forger's own keys is refused", async () => {
    const answer = await sigil(join(folder, "none"), ["verify", "bundle.json", "--trust", trust, "--json"], {
      cwd: folder,
    });
    expect(answer.code).toBe(1);
    expect(JSON.parse(answer.stdout)).toMatchObject({ verdict: "refused", code: "key-not-pinned" });
  });

  test("the same bundle verifies under the forger's own trust file, so only the pin made the difference", async () => {
    const answer = await sigil(
      join(folder, "none"),
      ["verify", "bundle.json", "--trust", "forger-trust.json", "--json"],
      { cwd: folder },
    );
    expect(answer.code, answer.stdout).toBe(0);
  });
});
