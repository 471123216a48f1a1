// Decisions about commands that ran beside the door: the real gate over the records of a store in memory, and real notes.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordHash } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import { DECISIONS_DUE, type LocalCommand } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ControlPlane, joinControlPlane } from "../../src/control-plane.ts";
import { SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { recordDue } from "../../src/domain/due-commands.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import { FileDueCommands } from "../../src/due-commands-file.ts";
import { Home, licenceDraft } from "../home.ts";
import { MemoryStore } from "../memory-store.ts";

const NOW = "2026-11-25T12:00:00.000Z";
const EARLIER = "2026-11-25T11:59:00.000Z";
/** No process has an id above 2^22. */
const NOBODY = 2 ** 22 + 1;
const DAY_MS = 86_400_000;

let home: Home;
let key: SigningKey;
let folder: string;
let store: MemoryStore;
let plane: ControlPlane;
let alarms: string[];
let now: string;
const people: Record<string, Awaited<ReturnType<typeof Home.prototype.claims>>> = {};

beforeAll(() => {
  home = new Home();
  key = signingKey(generateSeed());
});
afterAll(() => home.remove());
beforeEach(async () => {
  now = NOW;
  alarms = [];
  folder = mkdtempSync(join(tmpdir(), "sigilderg-due-"));
  mkdirSync(join(folder, DECISIONS_DUE));
  store = new MemoryStore(key);
  const genesis = draft({
    ...{ kind: "system.genesis", space: "system", stream: "system/genesis", loa: "Observer" },
    author: { principal: "bootstrap", loa: "Root" },
    payload: { runtimeId: home.runtimeId, mode: "solo", modules: [] },
  });
  await store.append({ records: [genesis] }, SERVICE_AUTHORITY);
  const [first] = store.records;
  if (first === undefined) throw new Error("nothing was appended");
  const trust = home.pin(recordHash(first));
  const at = Date.parse(NOW) / 1000;
  for (const [name, loa] of Object.entries({ rita: "Root", ada: "Operator" } as const))
    people[name] = home.claims(name, loa, { iat: at - 3600, nbf: at - 3600, exp: at + 3600 });
  await store.append({ records: Object.values(people).map(licenceDraft) }, SERVICE_AUTHORITY);
  const nobody = async (): Promise<never> => Promise.reject(new Error("no module runs here"));
  plane = joinControlPlane({
    ...{ store, trust, key, hostKid: "", chainKeys: new Map(), now: () => now },
    violationLimit: () => ({ violations: 5, hours: 24 }),
    host: { list: nobody, manifest: nobody, execute: nobody, replay: nobody },
    ...{ llm: { complete: nobody }, llmEndpoints: [] },
    observer: { decided() {}, refused() {}, watched() {}, unlanded() {} },
  });
  await plane.projection.rebuild(store);
  return async () => {
    await plane.close();
    rmSync(folder, { recursive: true });
  };
});

const due = () => readdirSync(join(folder, DECISIONS_DUE)).sort();

async function note(change: Partial<LocalCommand> & { as?: string } = {}): Promise<LocalCommand> {
  const { as = "rita", ...more } = change;
  const claims = people[as];
  if (claims === undefined) throw new Error(`no licence for ${as}`);
  const command: LocalCommand = {
    ...{ v: 1, id: uuidv7(), action: "store.backup", licence: await home.sign(claims) },
    ...{ at: EARLIER, pid: NOBODY, end: { status: "done" }, ...more },
  };
  if (more.end === undefined && "end" in more) delete command.end;
  leave(command);
  return command;
}
const leave = (command: LocalCommand) =>
  writeFileSync(join(folder, DECISIONS_DUE, `${command.id}.json`), JSON.stringify(command));

const record = () =>
  recordDue({
    ...plane,
    due: new FileDueCommands(folder, () => Date.parse(now)),
    alarm: (code) => alarms.push(code),
  });

/** Verdict, principal, action and what became of it, of every decision that the store holds. */
const decided = () => {
  const bodies = (kind: string) =>
    store.records
      .filter((each) => each.kind === kind)
      .map(({ payload }) => payload.body as Record<string, unknown>);
  const outcomes = new Map(bodies("decision.outcome").map((body) => [body.decision, body]));
  return bodies("decision").map(({ id, verdict, principal, action, route }) => {
    const { status, code } = outcomes.get(id) ?? {};
    return [verdict, principal, action, route, status, ...(code === undefined ? [] : [code])];
  });
};

async function lockedSince(ts: string): Promise<void> {
  const lockdown = draft({
    ...{ kind: "system.lockdown", space: "system", stream: "system/lockdown", loa: "Observer" },
    author: { principal: "rita", loa: "Root" },
    payload: { state: "entered", reason: "a drill" },
  });
  plane.projection.absorb({ ...lockdown, v: 1, seq: 0, prev: null, ts }, store.records.length);
}

describe("a command around the store that is due", () => {
  it.each([
    ["done", { end: { status: "done" } }, ["done"]],
    [
      "failed, by its code",
      { end: { status: "failed", code: "backup-exists" } },
      ["failed", "backup-exists"],
    ],
    ["cut off", { end: undefined }, ["unknown", "command-cut-off"]],
  ] as const)(
    "that is %s leaves one decision with that outcome, and is due no longer",
    async (_, change, ended) => {
      await note(change as Partial<LocalCommand>);
      await record();
      expect(decided()).toEqual([["allow", "rita", "store.backup", "local store.backup", ...ended]]);
      expect([due(), alarms]).toEqual([[], []]);
    },
  );

  it("is left alone while its process runs, for a day at most: then the id belongs to another", async () => {
    const { id } = await note({ end: undefined, pid: process.pid, action: "store.migrate" } as never);
    await record();
    expect([decided(), due()]).toEqual([[], [`${id}.json`]]);
    now = new Date(Date.parse(EARLIER) + DAY_MS).toISOString();
    people.rita = { ...(people.rita as object), exp: Date.parse(now) / 1000 + 60 } as never;
    await note({ id, end: undefined, pid: process.pid, action: "store.migrate" } as never);
    await record();
    expect(decided()).toEqual([
      ["allow", "rita", "store.migrate", "local store.migrate", "unknown", "command-cut-off"],
    ]);
    expect(due()).toEqual([]);
  });

  it("that its level does not allow is denied on record, told of, and kept to be looked at", async () => {
    const { id } = await note({ as: "ada", action: "store.restore" });
    await record();
    expect(decided()).toEqual([["deny", "ada", "store.restore", "local store.restore", undefined]]);
    expect([due(), alarms]).toEqual([[`${id}.json.refused`], ["level-too-low"]]);
    await record();
    expect([decided().length, alarms.length]).toEqual([1, 1]);
  });

  it("under a licence that the records do not hold good is counted and told of, and no record names it", async () => {
    const before = store.records.length;
    const { jti, sub } = people.rita as { jti: string; sub: string };
    plane.projection.absorb(
      draft({
        ...{ kind: "license.revoke", space: "system", stream: `system/licence/${jti}`, loa: "Observer" },
        author: { principal: "ada", loa: "Root" },
        payload: { jti, sub, reason: "stolen" },
      }),
    );
    await note();
    await note({ as: "ada", licence: await home.sign(people.ada as never, signingKey(generateSeed())) });
    await note({ licence: "no licence at all" });
    await record();
    expect(store.records.length).toBe(before);
    expect(alarms).toEqual(["licence-refused", "licence-refused", "licence-refused"]);
    expect(due().every((name) => name.endsWith(".json.refused"))).toBe(true);
    await plane.reporter.close();
    expect(store.records.at(-1)?.payload).toMatchObject({ total: 3, byRoute: { "local store.backup": 3 } });
  });

  it("that ran while a lockdown was in force is denied, and one from before it is not", async () => {
    await lockedSince("2026-11-25T11:59:30.000Z");
    await note({ at: "2026-11-25T11:59:29.999Z" });
    await note({ at: "2026-11-25T11:59:30.000Z" });
    await record();
    expect(decided().map(([verdict]) => verdict)).toEqual(["allow", "deny"]);
    expect(alarms).toEqual(["locked-down"]);
  });

  it("that is no note is told of and kept, and those after it are recorded", async () => {
    const broken = ["0.json", "1.json"];
    writeFileSync(join(folder, DECISIONS_DUE, "0.json"), "{");
    writeFileSync(join(folder, DECISIONS_DUE, "1.json"), JSON.stringify({ v: 1, action: "record.erase" }));
    const named = await note();
    // A note under another name than its id could be taken up twice.
    writeFileSync(join(folder, DECISIONS_DUE, `${uuidv7()}.json`), JSON.stringify(named));
    await record();
    expect(decided()).toHaveLength(1);
    expect(alarms).toEqual(["body-invalid", "body-invalid", "body-invalid"]);
    expect(due().filter((name) => name.endsWith(".refused"))).toHaveLength(3);
    expect(broken.every((name) => existsSync(join(folder, DECISIONS_DUE, `${name}.refused`)))).toBe(true);
  });

  it("stays due while the store takes nothing, with those after it, and is recorded once when it does", async () => {
    const [first, second] = [await note(), await note({ action: "store.migrate" })];
    store.down = true;
    await expect(record()).rejects.toMatchObject({ code: "audit-unavailable" });
    expect([due(), alarms]).toEqual([[`${first.id}.json`, `${second.id}.json`].sort(), []]);
    store.down = false;
    await record();
    expect(decided().map(([verdict, , action]) => [verdict, action])).toEqual([
      ["allow", "store.backup"],
      ["allow", "store.migrate"],
    ]);
  });

  it("that was recorded by a process which ended before it could say so is not recorded again", async () => {
    const command = await note();
    await record();
    leave(command);
    await record();
    expect(decided()).toHaveLength(1);
    expect([due(), alarms]).toEqual([[], []]);
  });

  it("keeps its licence to itself: no record holds it", async () => {
    const { licence } = await note();
    await record();
    expect(JSON.stringify(store.records)).not.toContain(licence);
  });
});
