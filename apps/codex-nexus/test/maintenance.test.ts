// Backup, restore and migration with the real program, as an operator runs them.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { canonicalize } from "@sigil/canon";
import { generateSeed, sha256, signingKey, toBase64, toHex, utf8 } from "@sigil/crypto";
import Database from "better-sqlite3";
import { v7 as uuidv7 } from "uuid";
import { describe, expect, test } from "vitest";
import type { StoredPlace } from "../src/domain/records.ts";
import { wholeBundle } from "./support/bundle.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import {
  answer,
  backup,
  codeOf,
  homes,
  licensed,
  newHome,
  receipt,
  replacedKey,
  revoked,
  running,
  taken,
  trustOf,
  write,
} from "./support/operator.ts";
import { bundledProgram, command, Served } from "./support/process.ts";
import { opened } from "./support/store.ts";

bundledProgram();
function relabel(file: string): void {
  const database = new Database(file);
  database.exec("UPDATE leaves SET loa = 'Guest' WHERE leaf_index = 2");
  database.close();
}

describe("backup", () => {
  test("is made beside a running service that writes, is verified, and says what else is needed", async () => {
    const home = await newHome();
    const served = await Served.start(home);
    running.push(served);
    const ctx = { principal: "alice", loa: "Operator", decision: uuidv7() } as const;
    let writing = true;
    let written = 0;
    const writer = (async () => {
      while (writing) {
        const body = { records: [{ ...memory(`plain-text ${written}`) }] } as never;
        await served.client.request({ method: "POST", path: "/v1/records", body, ctx });
        written += 1;
      }
    })();
    const file = join(home.folder, "backup.db");
    const report = answer(await command(home, ["backup", "--file", file]));
    writing = false;
    await writer;
    expect(written).toBeGreaterThan(5);
    expect(report).toMatchObject({ file, needs: ["keys/", "secrets/", "trust.json", "licences/"] });
    expect(report.sha256).toBe(toHex(sha256(readFileSync(file))));
    expect([report.size >= 2, report.records === report.size, statSync(file).mode & 0o077]).toEqual([
      true,
      true,
      0,
    ]);
    expect(readFileSync(file).includes("plain-text")).toBe(false);
    expect(codeOf(await command(home, ["backup", "--file", file]))).toEqual([78, "backup-exists"]);
  }, 30_000);

  test("of a damaged store is refused by its first finding, and leaves no file", async () => {
    const home = await newHome();
    await write(home, memory("one"));
    relabel(join(home.data, "nexus.db"));
    const file = join(home.folder, "backup.db");
    expect(codeOf(await command(home, ["backup", "--file", file]))).toEqual([78, "backup-not-verified"]);
    expect(readdirSync(home.folder).filter((name) => name.startsWith("backup.db"))).toEqual([]);
  });
});

describe("restore", () => {
  test("opens an epoch whose first record commits to the old log, and applies erasures and revocations again", async () => {
    const home = await newHome();
    const [kept, gone] = await write(home, memory("kept"), memory("to be erased"));
    const file = await backup(home);
    await write(home, memory("lost"), receipt(home, gone as StoredPlace), revoked("licence-1"));
    const anchor = readFileSync(home.anchor, "utf8");
    const report = answer(await command(home, ["restore", "--file", file]));
    expect(report).toMatchObject({
      epoch: 1,
      origin: `${home.origin}/epoch/1`,
      from: 4,
      lost: 3,
      lockdown: true,
      reapplied: { erasures: 1, revocations: 1 },
      kept: join(home.data, "before-epoch-1.db"),
    });
    expect(report.unknown.join(" ")).toContain("3 records came after the backup");
    expect(trustOf(home).epochs).toEqual([
      { epoch: 0, origin: home.origin, from: 0 },
      { epoch: 1, origin: `${home.origin}/epoch/1`, from: 4 },
    ]);
    const verified = answer(await command(home, ["verify"]));
    expect([verified.ok, verified.size, verified.erased]).toEqual([
      true,
      7,
      [{ index: gone?.index, id: gone?.id, kind: "memory.block", receipt: 5 }],
    ]);
    const store = await opened(home);
    try {
      expect(store.nexus.alarm).toBeUndefined();
      const first = await store.nexus.query({ kind: "system.epoch", order: "asc", limit: 1 }, "Root");
      expect(first.records[0]).toMatchObject({
        index: 4,
        signed: { record: { payload: { epoch: 1, from: 4, lost: 3, lockdown: true, anchor } } },
      });
      expect((await store.nexus.read(kept?.id ?? "", "Root")).index).toBe(kept?.index);
      await expect(store.nexus.read(gone?.id ?? "", "Root")).rejects.toMatchObject({ code: "record-erased" });
      const revocations = await store.nexus.query({ kind: "license.revoke", order: "asc", limit: 9 }, "Root");
      expect(revocations.records.map(({ signed }) => signed.record.payload.jti)).toEqual(["licence-1"]);
    } finally {
      await store.close();
    }
  }, 30_000);

  test("applies revoked client keys and retired issuers again, and gives back no right that was lost", async () => {
    const home = await newHome();
    const kid = "k".repeat(43);
    await write(home, licensed("i".repeat(43)));
    const file = await backup(home);
    const rotated = memory("", {
      kind: "client-key.change",
      space: "system",
      stream: "system/client-keys",
      payload: {
        ...{ change: "add", principal: "bob", kid, publicKey: kid, routes: ["GET /v1/memory"] },
        ...{ mode: "solo", ts: "2026-11-22T12:00:00.000Z" },
      },
    });
    await write(home, rotated, ...taken(kid));
    const report = answer(await command(home, ["restore", "--file", file]));
    expect(report).toMatchObject({ from: 3, lost: 3, reapplied: { erasures: 0, revocations: 2 } });
    const store = await opened(home);
    try {
      for (const [kind, change] of [
        ["client-key.change", "revoke"],
        ["issuer.change", "retire"],
      ] as const) {
        const { records } = await store.nexus.query({ kind, order: "asc", limit: 9 }, "Root");
        expect(records.map(({ signed }) => signed.record.payload)).toMatchObject([{ kid, change }]);
      }
    } finally {
      await store.close();
    }
    expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: 6 });
  }, 30_000);

  test("ends client keys again that were replaced after the backup, and names licences that count again", async () => {
    const home = await newHome();
    const [old, next] = ["o".repeat(43), "n".repeat(43)];
    await write(home, licensed("i".repeat(43)));
    const file = await backup(home);
    await write(
      home,
      replacedKey(old, next),
      licensed("i".repeat(43), { jti: "licence-1", serial: 2, loa: "Observer" }),
    );
    const report = answer(await command(home, ["restore", "--file", file]));
    expect(report.reapplied).toEqual({ erasures: 0, revocations: 1 });
    expect(report.unknown.join(" ")).toContain("Licence licence-0 of root (Root) counts again");
    const store = await opened(home);
    try {
      const { records } = await store.nexus.query(
        { kind: "client-key.change", order: "asc", limit: 9 },
        "Root",
      );
      expect(records.map(({ signed }) => signed.record.payload)).toMatchObject([
        { change: "revoke", kid: old, principal: "bob", reason: expect.stringContaining(next) },
      ]);
    } finally {
      await store.close();
    }
  }, 30_000);

  test("remembers what an epoch held below the end of a longer backup of the epoch before", async () => {
    const home = await newHome();
    const early = await backup(home, "early.db");
    const [gone] = await write(home, memory("one"), memory("two"), memory("three"), memory("four"));
    const long = await backup(home, "long.db");
    answer(await command(home, ["restore", "--file", early]));
    await write(home, revoked("licence-1"));
    const report = answer(await command(home, ["restore", "--file", long]));
    expect(report).toMatchObject({ epoch: 2, from: 6, lost: 2, reapplied: { erasures: 0, revocations: 1 } });
    const [erasing] = await write(home, receipt(home, gone as StoredPlace));
    const bundle = join(home.folder, "receipt.json");
    const store = await opened(home);
    writeFileSync(bundle, JSON.stringify(await wholeBundle(store.nexus.bundle([erasing?.id ?? ""], "Root"))));
    await store.close();
    const third = answer(await command(home, ["restore", "--file", long]));
    expect(third).toMatchObject({ epoch: 3, reapplied: { erasures: 1, revocations: 1 } });
    const fourth = answer(await command(home, ["restore", "--file", long, "--export", bundle]));
    expect(fourth).toMatchObject({ epoch: 4, reapplied: { erasures: 2, revocations: 1 } });
    const verified = answer(await command(home, ["verify"]));
    expect([verified.ok, verified.erased.map(({ id }: { id: string }) => id)]).toEqual([true, [gone?.id]]);
  }, 60_000);

  test("retires no issuer again without which no Root could leave lockdown, and says so", async () => {
    const home = await newHome();
    const kid = "k".repeat(43);
    await write(home, licensed(kid));
    const file = await backup(home);
    await write(home, ...taken(kid));
    const report = answer(await command(home, ["restore", "--file", file]));
    expect(report.reapplied).toEqual({ erasures: 0, revocations: 1 });
    expect(report.unknown.join(" ")).toContain("1 issuers were retired after the backup");
  }, 30_000);

  test("works on another machine that has keys, secrets and trust.json, and says what it cannot know", async () => {
    const home = await newHome();
    await write(home, memory("kept"));
    const file = await backup(home);
    const elsewhere = temporaryHome();
    homes.push(elsewhere);
    for (const name of ["keys", "secrets", "trust.json"]) {
      rmSync(join(elsewhere.folder, name), { recursive: true, force: true });
      cpSync(join(home.folder, name), join(elsewhere.folder, name), { recursive: true });
    }
    const report = answer(await command(elsewhere, ["restore", "--file", file]));
    expect(report).toMatchObject({ epoch: 1, lost: null, kept: null });
    expect(report.unknown.join(" ")).toContain("No anchor was found");
    expect(answer(await command(elsewhere, ["verify"]))).toMatchObject({ ok: true, size: 4 });
  }, 30_000);

  test("goes back twice, to any backup, and the old epochs stay verifiable", async () => {
    const home = await newHome();
    const early = await backup(home, "early.db");
    await write(home, memory("one"), memory("two"));
    const late = await backup(home, "late.db");
    answer(await command(home, ["restore", "--file", late]));
    const second = answer(await command(home, ["restore", "--file", early]));
    expect(second).toMatchObject({ epoch: 2, from: 2, lost: 3 });
    expect(trustOf(home).epochs.map(({ from }) => from)).toEqual([0, 4, 2]);
    expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: 3 });
  }, 30_000);

  test("refuses a damaged, a foreign and a solo backup of a quorum, and changes nothing", async () => {
    const home = await newHome();
    await write(home, memory("one"));
    const file = await backup(home);
    const trust = readFileSync(join(home.folder, "trust.json"), "utf8");
    const before = readFileSync(join(home.data, "nexus.db"));
    const other = await backup(await newHome());
    const damaged = join(home.folder, "damaged.db");
    cpSync(file, damaged);
    relabel(damaged);
    expect((await command(home, ["restore", "--file", other])).code).toBe(78);
    expect(codeOf(await command(home, ["restore", "--file", damaged]))).toEqual([78, "backup-not-verified"]);
    const quorum = { ...trustOf(home), quorum: { mode: "quorum", ceremony: `sha256:${"1".repeat(64)}` } };
    writeFileSync(join(home.folder, "trust.json"), JSON.stringify(quorum));
    expect(codeOf(await command(home, ["restore", "--file", file]))).toEqual([78, "restore-quorum"]);
    writeFileSync(join(home.folder, "trust.json"), trust);
    expect(readFileSync(join(home.data, "nexus.db")).equals(before)).toBe(true);
    expect(existsSync(join(home.data, "restoring.db"))).toBe(false);
    const served = await Served.start(home);
    running.push(served);
    expect(codeOf(await command(home, ["restore", "--file", file]))).toEqual([78, "store-locked"]);
  }, 30_000);
});

describe("migrate", () => {
  const signer = signingKey(generateSeed());

  function signedLine(fields: object, change: object = {}): string {
    const inside = {
      kind: "note",
      schema_version: 1,
      tenant: "alice",
      ts: "2024-05-01T10:00:00Z",
      space: "user",
      payload: { body: "legacy-canary" },
      links: [],
      prev: null,
      ...fields,
    };
    const bytes = utf8(canonicalize(inside));
    const sig = toBase64(signer.sign(bytes));
    const outside = { hash: toHex(sha256(bytes)), sig, pub_key: toHex(signer.publicKey.raw), witnesses: [] };
    return JSON.stringify({ ...inside, ...outside, ...change });
  }

  const block = { type: "episodic", text: "an old note", tags: ["old"], visibility: "private" };
  const lines = [
    JSON.stringify({
      id: "m-1",
      kind: "memory.block",
      tenant: "alice",
      ts: "2024-05-01T10:00:00Z",
      payload: block,
    }),
    signedLine({ id: "s-1" }),
    "",
    "{not json",
    '{"id":"a","id":"b"}',
    JSON.stringify({ kind: "note" }),
    signedLine({ id: "s-2" }, { payload: { body: "edited" } }),
    signedLine({ id: "s-3" }, { sig: toBase64(signer.sign(utf8("other"))) }),
    signedLine({ id: "s-4" }, { pub_key: "zz" }),
    JSON.stringify({ id: "u-1", anything: { nested: [1, 2, 3] } }),
    signedLine({ id: "s-1", payload: { body: "another" } }),
    "[1,2]",
    JSON.stringify({ id: "big", text: "x".repeat(1_100_000) }),
  ];
  const expected = {
    lines: 13,
    empty: 1,
    migrated: 3,
    present: 0,
    kinds: { "memory.block": 1, "legacy.record": 2 },
  };

  function fileOf(home: TestHome, content = lines): string {
    const file = join(home.folder, "legacy.jsonl");
    writeFileSync(file, `${content.join("\n")}\n`);
    return file;
  }

  test("accounts for every line: written, empty, or rejected by name", async () => {
    const home = await newHome();
    const file = fileOf(home);
    const before = readFileSync(join(home.data, "nexus.db"));
    const dry = answer(await command(home, ["migrate", "--file", file, "--dry-run"]));
    expect(dry).toMatchObject({ dryRun: true, ...expected });
    expect(readFileSync(join(home.data, "nexus.db")).equals(before)).toBe(true);
    const report = answer(await command(home, ["migrate", "--file", file]));
    expect(report).toEqual({ ...dry, dryRun: false });
    expect(report.rejected.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [4, "not-json"],
      [5, "not-json"],
      [6, "field-missing"],
      [7, "hash-mismatch"],
      [8, "signature-invalid"],
      [9, "field-invalid"],
      [11, "id-taken"],
      [12, "not-an-object"],
      [13, "too-large"],
    ]);
    expect(report.lines).toBe(report.migrated + report.present + report.empty + report.rejected.length);
    expect(JSON.stringify(report)).not.toContain("legacy-canary");
    expect(readFileSync(join(home.data, "nexus.db")).includes("legacy-canary")).toBe(false);
    expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: 5 });
    const store = await opened(home);
    try {
      const { records } = await store.nexus.query({ stream: "legacy/alice", order: "asc", limit: 9 }, "Root");
      expect(records.map(({ signed }) => signed.record.payload)).toEqual([
        { layout: "signed", signature: "verified", original: JSON.parse(lines[1] ?? "") },
      ]);
      const notes = await store.nexus.query({ stream: "memory/alice", order: "asc", limit: 9 }, "Root");
      expect(notes.records.map(({ signed }) => signed.record.payload)).toEqual([block]);
    } finally {
      await store.close();
    }
  }, 30_000);

  test("again changes nothing, also after a part was migrated and after something was erased", async () => {
    const home = await newHome();
    const half = fileOf(home, lines.slice(0, 2));
    expect(answer(await command(home, ["migrate", "--file", half]))).toMatchObject({
      migrated: 2,
      present: 0,
    });
    const store = await opened(home);
    const [old] = (await store.nexus.query({ stream: "legacy/alice", order: "asc", limit: 1 }, "Root"))
      .records;
    await store.close();
    const { id } = old?.signed.record ?? { id: "" };
    await write(home, receipt(home, { id, index: old?.index ?? 0, hash: old?.rh ?? "" } as StoredPlace));
    const whole = fileOf(home);
    expect(answer(await command(home, ["migrate", "--file", whole]))).toMatchObject({
      migrated: 1,
      present: 3,
    });
    expect(answer(await command(home, ["migrate", "--file", whole]))).toMatchObject({
      migrated: 0,
      present: 4,
    });
    expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: 6 });
  }, 30_000);

  test("a file that is not there is refused by name", async () => {
    const home = await newHome();
    mkdirSync(join(home.folder, "empty"));
    const missing = await command(home, ["migrate", "--file", join(home.folder, "empty", "none.jsonl")]);
    expect(codeOf(missing)).toEqual([78, "migrate-unreadable"]);
  });
});
