import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("demo");
const clean = join(import.meta.dirname, "../../docs/examples/rust/clean.rs");
afterAll(() => place.remove());

/** Folders of the temporary directory: the demo leaves none behind. */
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("sigil-demo"));

describe("the demo", () => {
  test("runs, records, verifies offline and finds the damage, and says so as one JSON object", async () => {
    const before = folders();
    const { code, stdout, stderr } = await sigil(place.home, ["demo", "--json"]);
    expect(code, stderr).toBe(0);
    const shown = JSON.parse(stdout);
    expect(shown.run.output.context.length).toBeGreaterThan(10);
    expect(shown.run.verdict).toBe("ManualReview");
    expect(JSON.stringify(shown)).toContain('"verdict":"verified"');
    expect(JSON.stringify(shown)).toContain('"verdict":"unpinned"');
    expect(folders()).toEqual(before);
  });

  test("allows a file without an error-level finding, and exits 0 on it", async () => {
    const { code, stdout, stderr } = await sigil(place.home, ["demo", clean, "--json"]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).run.verdict).toBe("Allow");
  });

  test("refuses a file that is not there before it starts anything", async () => {
    const { code, stderr } = await sigil(place.home, ["demo", join(place.parent, "nowhere.rs")]);
    expect(code).toBe(1);
    expect(stderr).toContain("file-not-found");
  });
});
