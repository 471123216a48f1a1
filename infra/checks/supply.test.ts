import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fallen } from "../bench/history.ts";
import { commandManifest, LOWEST, PUBLISHED, publishedManifest, ROOT } from "../publish/manifest.ts";
import { ALLOWED, licenceFindings } from "../supply/licences.ts";
import { lowestCatalog } from "../supply/lowest.ts";

describe("licences of what others made", () => {
  const only = (expression: string, allowed: readonly string[] = ALLOWED.shipped) =>
    licenceFindings({ [expression]: [{ name: "x", versions: ["1.0.0"] }] }, allowed);

  test("a permissive one is allowed, alone or as a choice", () => {
    for (const expression of ["MIT", "ISC", "Unlicense", "GPL-3.0-only OR MIT", "(MIT AND BSD-3-Clause)"])
      expect([expression, only(expression)]).toEqual([expression, []]);
  });

  test("any other, an unknown one and none at all is a finding that names the package", () => {
    for (const expression of [
      "GPL-3.0-only",
      "MIT AND GPL-2.0-only",
      "AGPL-3.0-or-later",
      "SEE LICENSE IN x",
      "Unknown",
      "",
    ])
      expect(only(expression)).toEqual([`x 1.0.0: ${expression}`]);
  });

  test("what only builds may ask for more than what is shipped", () => {
    expect(only("MPL-2.0")).toHaveLength(1);
    expect(only("MPL-2.0", ALLOWED.development)).toEqual([]);
  });
});

describe("the lowest supported versions", () => {
  test("are named for every dependency of a published package, and are what its manifest asks for", () => {
    const asked = PUBLISHED.flatMap((name) =>
      Object.entries(publishedManifest(name).dependencies ?? {}),
    ).filter(([name]) => !name.startsWith("@sigil/"));
    expect(Object.fromEntries(asked)).toEqual(
      Object.fromEntries(Object.entries(LOWEST).map(([name, version]) => [name, `^${version}`])),
    );
  });

  test("take the place of the present ones in a copy, and no other line changes", () => {
    const text = readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8");
    const before = text.split("\n");
    const changed = lowestCatalog(text)
      .split("\n")
      .filter((line, i) => line !== before[i]);
    expect(changed).toContain(`  zod: ${LOWEST.zod}`);
    expect(changed.length).toBeLessThanOrEqual(Object.keys(LOWEST).length);
    expect(lowestCatalog(text).split("\n")).toHaveLength(before.length);
  });
});

describe("a release", () => {
  test("has one version for every package, app and image, since what they sign and read is one format", () => {
    const manifests = globSync("{apps,packages,infra}/*/package.json", { cwd: ROOT });
    const versions = manifests.map((file) => JSON.parse(readFileSync(join(ROOT, file), "utf8")).version);
    expect(manifests.length).toBeGreaterThan(10);
    expect(new Set(versions).size).toBe(1);
    expect(readFileSync(join(ROOT, "infra/compose.yaml"), "utf8")).toContain(
      `localhost/sigil:${versions[0]}}`,
    );
    expect(commandManifest()).toMatchObject({
      version: versions[0],
      bin: { sigil: "./apps/cli/bin/sigil.mjs" },
    });
  });

  test("under a tag of another version is refused before anything is packed", () => {
    const pack = join(ROOT, "infra/publish/pack.ts");
    const { status, stderr } = spawnSync(process.execPath, [pack, "/nonexistent/out", "--tag", "v99.0.0"], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("the tag is v99.0.0 and @sigil/crypto has version"),
    ]);
  });
});

describe("the history of figures", () => {
  const figure = (ratio: number, unit: "1/s" | "ms" = "1/s") => ({
    ...{ suite: "spine", case: "run", value: 1, p50: 1, p99: 1, baseline: "b", baselineValue: 1, n: 1 },
    ...{ unit, ratio, spread: [ratio, ratio] as [number, number] },
  });
  const usual = (unit: "1/s" | "ms" = "1/s") =>
    [0.5, 0.52, 0.48, 0.5, 0.9].map((ratio) => ({
      ...figure(ratio, unit),
      commit: "c",
      day: "d",
      node: "24",
    }));

  test("names a case that fell well below its usual ratio, by rate or by cost, and passes noise", () => {
    expect(fallen(usual(), [figure(0.4)])).toEqual([]);
    expect(fallen(usual(), [figure(0.3)])).toEqual(["spine, run: 0.300 of its baseline, usually 0.500"]);
    expect(fallen(usual("ms"), [figure(0.3, "ms")])).toEqual([]);
    expect(fallen(usual("ms"), [figure(0.8, "ms")])).toHaveLength(1);
  });

  test("judges nothing by fewer than five nights", () => {
    expect(fallen(usual().slice(0, 4), [figure(0.01)])).toEqual([]);
  });
});
