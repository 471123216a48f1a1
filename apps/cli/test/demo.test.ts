import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { APPS, folder } from "./place.ts";

const command = join(APPS, "cli/dist/sigil.js");
const example = join(APPS, "../docs/examples/rust/orders.rs");

/** The built command in an environment that would break a demonstration that listened to it. */
function sigil(temporary: string, ...args: string[]) {
  const env = {
    ...process.env,
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
    SIGIL_HOME: join(temporary, "mine"),
    SIGIL_MMF_PORT: "1",
  };
  return spawnSync(process.execPath, [command, ...args], { encoding: "utf8", env, maxBuffer: 64 << 20 });
}

beforeAll(() => {
  if (!existsSync(command)) throw new Error("the command is not built; run `pnpm run build` first");
});

describe("the demonstration", () => {
  test("runs, records, exports, verifies offline, tampers and detects; and leaves nothing behind", {
    timeout: 120_000,
  }, () => {
    const temporary = folder();
    const { status, stdout, stderr } = sigil(temporary, "demo", example, "--json");
    expect(status, stderr).toBe(0);
    const shown = JSON.parse(stdout);
    expect(shown.run.output.context.length).toBeGreaterThan(3);
    for (const { ref } of shown.run.output.context)
      expect(shown.cited.map((cited: { ref: string }) => cited.ref)).toContain(ref);
    for (const { line, ref } of shown.run.output.audit) {
      expect(line).toBeGreaterThan(0);
      expect(shown.run.output.reasoning).toContain(ref);
    }
    const kinds = shown.records.map(
      ({ signed }: { signed: { record: { kind: string } } }) => signed.record.kind,
    );
    expect(kinds).toEqual(
      expect.arrayContaining([
        "decision",
        "run.input",
        "run.calls",
        "run.output",
        "chain.frozen",
        "decision.outcome",
      ]),
    );
    expect(shown.offline).toMatchObject({
      folder: ["bundle.json", "trust.json"],
      exit: 0,
      report: { verdict: "verified" },
    });
    expect(shown.offline.report.cited.every(({ present }: { present: boolean }) => present)).toBe(true);
    expect(shown.unpinned).toEqual({ folder: ["bundle.json"], exit: 2, verdict: "unpinned" });
    const { record, flip, before, after } = shown.tampering;
    expect(before).toMatchObject({ ok: true, findings: [] });
    expect(flip.before ^ flip.after).toBe(1);
    expect(after.ok).toBe(false);
    expect(new Set(after.findings.map(({ id }: { id: string }) => id))).toEqual(new Set([record.id]));
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("refuses a file that it cannot review before anything is started", () => {
    const temporary = folder();
    const place = join(temporary, "files");
    mkdirSync(place);
    writeFileSync(join(place, "empty.rs"), "");
    for (const [name, code] of [
      ["empty.rs", "file-empty"],
      ["none.rs", "file-not-found"],
      ["", "file-is-directory"],
    ] as const) {
      const { status, stdout, stderr } = sigil(temporary, "demo", join(place, name));
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`error: ${code}: `);
    }
    expect(readdirSync(temporary)).toEqual(["files"]);
  });
});
