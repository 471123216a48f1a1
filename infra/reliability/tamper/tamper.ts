import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { verified } from "../../../apps/codex-nexus/test/support/verify.ts";
import type { HarnessReport } from "../report.ts";
import { filledHome } from "../subject/filled.ts";
import { copyOf } from "../subject/wounded.ts";
import { ATTACKS, type Named } from "./attacks.ts";
import { olderCopy } from "./rollback.ts";

const NOTES = 60;

/**
 * Every attack at random records, round after round. `verify` must name exactly the records that were touched, by the
 * check that says what was done to them, with keys and without; and nothing else.
 */
export async function tampering(rounds: number, verify: typeof verified = verified): Promise<HarnessReport> {
  const [home, foreign] = [await filledHome(NOTES), await filledHome(NOTES)];
  const problems: string[] = [];
  const counts = { attacks: 0 };
  const size = NOTES + 1;
  for (let round = 0; round < rounds; round += 1) {
    for (const { title, change } of ATTACKS) {
      // Not the genesis record, and not the last of a stream: that a successor exists must not be what finds it.
      const a = 1 + Math.floor(Math.random() * (size - 2));
      const b = a + 1 + Math.floor(Math.random() * (size - 1 - a));
      const folder = copyOf(home, "tampered");
      const database = new Database(join(folder, "nexus.db"));
      const expected = change({ database, size, foreign: join(foreign.data, "nexus.db") }, a, b);
      database.close();
      for (const keyless of [false, true]) {
        const wanted = spelled(keyless ? expected.keyless : expected.keyed);
        const found = spelled(await namedBy(verify, home, folder, keyless));
        if (wanted !== found) {
          problems.push(
            `${title} (leaves ${a}, ${b}; ${keyless ? "keyless" : "keyed"}): found ${found || "nothing"}, not ${wanted}`,
          );
        }
      }
      rmSync(folder, { recursive: true });
      counts.attacks += 1;
    }
    const whole = await wholeStore(home, foreign, verify);
    counts.attacks += whole.attacks;
    problems.push(...whole.problems);
  }
  home.remove();
  foreign.remove();
  return { harness: "tamper", rounds, counts, problems };
}

async function namedBy(
  verify: typeof verified,
  home: TestHome,
  folder: string,
  keyless: boolean,
): Promise<Named[]> {
  const { findings } = await verify(home, folder, { keyless });
  // The engine's own remark about an index says nothing that the record's finding does not.
  return findings.flatMap(({ index, check }): Named[] => (index === null ? [] : [[index, check]]));
}

const spelled = (named: readonly Named[]) =>
  named
    .map(([leaf, check]) => `${leaf} ${check}`)
    .sort()
    .join(", ");

/** What is done to a store as a whole: its tail, its age, its anchor. */
async function wholeStore(home: TestHome, foreign: TestHome, verify: typeof verified) {
  const problems: string[] = [];
  const folder = copyOf(home, "whole");
  const expect = (title: string, wanted: RegExp, findings: readonly { check: string; detail: string }[]) => {
    const said = findings.map(({ check, detail }) => `${check}: ${detail}`);
    if (said.length !== 1 || !wanted.test(said[0] ?? ""))
      problems.push(`${title}: ${said.join("; ") || "nothing found"}`);
  };
  const { findings: swapped } = await verify(home, folder, { anchor: readFileSync(foreign.anchor, "utf8") });
  expect("swap the anchor for another store's", /^anchor: anchor-invalid/, swapped);
  const { findings: gone } = await verify(home, folder, { anchor: "" });
  expect("empty the anchor", /^anchor: anchor-invalid/, gone);
  const cut = 3 + Math.floor(Math.random() * 20);
  const database = new Database(join(folder, "nexus.db"));
  database.exec(`DELETE FROM leaves WHERE leaf_index > ${NOTES - cut}`);
  database.exec(`DELETE FROM leaf_tags WHERE leaf_index > ${NOTES - cut}`);
  database.close();
  const { findings: tail } = await verify(home, folder, {});
  const missing = tail.filter(({ check }) => check === "leaf-missing").map(({ index }) => index);
  if (missing.length !== cut || tail.length !== cut)
    problems.push(`cut the tail of ${cut}: ${missing.length} named`);
  rmSync(folder, { recursive: true });
  const older = await olderCopy();
  expect(
    "roll the file back",
    /^anchor: rollback-detected/,
    (await verify(older.home, older.folder, {})).findings,
  );
  older.home.remove();
  return { attacks: 4, problems };
}
