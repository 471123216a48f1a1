// Erasure: what is destroyed, what remains, and what is found nowhere afterwards.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAINS, type RecordDraft, signAuthored, verifyBundle } from "@sigil/canon";
import { toBase64, toBase64url, toHex, utf8 } from "@sigil/crypto";
import type { ErasureBody } from "@sigil/wire";
import Database from "better-sqlite3";
import { v7 as uuidv7 } from "uuid";
import { afterEach, describe, expect, test } from "vitest";
import type { StoredPlace } from "../src/domain/records.ts";
import { wholeBundle } from "./support/bundle.ts";
import { entry, memory, outcome, tagged } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";
import { verified } from "./support/verify.ts";

const homes: TestHome[] = [];
const stores: OpenedStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const home of homes.splice(0)) home.remove();
});

async function newStore(): Promise<{ home: TestHome; store: OpenedStore }> {
  const home = temporaryHome();
  homes.push(home);
  await bootstrapped(home, [entry("unwrap", "Do not unwrap outside tests.")]);
  return { home, store: await reopened(home) };
}

async function reopened(home: TestHome): Promise<OpenedStore> {
  const store = await opened(home);
  stores.push(store);
  return store;
}

type Target = Pick<StoredPlace, "id" | "index" | "hash">;

function receipt(home: TestHome, places: readonly Target[], key = home.keys.sigilderg.service): RecordDraft {
  const decision = uuidv7();
  const body: ErasureBody = {
    decision,
    principal: "alice",
    complete: false,
    targets: places.map(({ id, index, hash }) => ({ id, index, hash })),
    backups: [],
    ts: "2026-11-22T12:00:00.000Z",
  };
  return memory("", {
    kind: "record.erased",
    space: "system",
    stream: `erasure/${decision}`,
    author: { principal: "alice", loa: "Operator", decision },
    payload: signAuthored(DOMAINS.erasure, body, key) as unknown as RecordDraft["payload"],
  });
}

async function write(store: OpenedStore, ...records: RecordDraft[]): Promise<StoredPlace[]> {
  return [...(await store.nexus.append({ records })).records];
}

/** Every byte of every file below the home's data folder and its anchor. */
function everyFile(home: TestHome): { name: string; bytes: Buffer }[] {
  return [home.data, join(home.folder, "anchor")].flatMap((folder) =>
    readdirSync(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) })),
  );
}

function filesWith(home: TestHome, needle: Uint8Array): string[] {
  return everyFile(home)
    .filter(({ bytes }) => bytes.includes(Buffer.from(needle)))
    .map(({ name }) => name);
}

function column(home: TestHome, name: string, index: number): Uint8Array {
  const database = new Database(join(home.data, "nexus.db"), { readonly: true });
  const row = database.prepare(`SELECT ${name} AS bytes FROM leaves WHERE leaf_index = ?`).get(index);
  database.close();
  return Uint8Array.from((row as { bytes: Uint8Array }).bytes);
}

function change(home: TestHome, sql: string, ...values: unknown[]): void {
  const database = new Database(join(home.data, "nexus.db"));
  database.prepare(sql).run(...values);
  database.close();
}

describe("erasure", () => {
  test("a canary, every digest of it that can be guessed, and the key that opened it are found in no file", async () => {
    const { home, store } = await newStore();
    const canary = "canary-7f3a-the-secret-of-alice";
    const draft = tagged(canary, ["canary-tag"]);
    const { records } = await store.nexus.append({
      records: [draft],
      idempotency: { principal: "alice", key: "k-1" },
    });
    const place = records[0] as StoredPlace;
    for (let n = 0; n < 40; n += 1) await write(store, memory(`other ${n}`, { stream: "memory/bob" }));
    const key = column(home, "wrapped_dek", place.index);
    const principal = column(home, "principal", place.index);
    expect(filesWith(home, key)).not.toEqual([]);
    await write(store, receipt(home, [place]));
    const { salt: _salt, ...guessable } = draft;
    const texts = [
      canary,
      JSON.stringify(draft.payload),
      JSON.stringify(guessable),
      `${canary}\n`,
      "canary-tag",
    ];
    const digests = texts.flatMap((text) =>
      ["sha256", "sha512", "sha1", "md5", "blake2b512"].map((name) => createHash(name).update(text).digest()),
    );
    const forms = (bytes: Uint8Array) => [
      bytes,
      utf8(toHex(bytes)),
      utf8(toBase64(bytes)),
      utf8(toBase64url(bytes)),
    ];
    const needles = [...texts.map((text) => utf8(text)), ...digests.flatMap(forms), key];
    for (const open of [true, false]) {
      if (!open) await stores.pop()?.close();
      for (const needle of needles) expect(filesWith(home, needle)).toEqual([]);
    }
    expect(column(home, "principal", place.index)).not.toEqual(principal);
    const database = new Database(join(home.data, "nexus.db"), { readonly: true });
    const left = database
      .prepare("SELECT count(*) AS n FROM leaf_tags WHERE leaf_index = ?")
      .get(place.index);
    const named = database.prepare("SELECT fingerprint FROM idempotency").get() as { fingerprint: Buffer };
    database.close();
    expect([left, toHex(named.fingerprint)]).toEqual([{ n: 0 }, "00".repeat(32)]);
  });

  test("an erased record answers record-erased naming its receipt; log, streams and proofs still verify", async () => {
    const { home, store } = await newStore();
    const [first, second] = await write(store, tagged("one", ["t"]), memory("two"));
    const [receiptPlace] = await write(store, receipt(home, [first as StoredPlace]));
    const [third] = await write(store, memory("three"));
    const id = (first as StoredPlace).id;
    await expect(store.nexus.read(id, "Root")).rejects.toMatchObject({
      code: "record-erased",
      detail: `record ${id} was erased by the receipt at leaf ${receiptPlace?.index}`,
    });
    const page = await store.nexus.query({ stream: "memory/alice", order: "asc", limit: 10 }, "Root");
    expect(page.records.map(({ signed }) => signed.record.id)).toEqual([second?.id, third?.id]);
    const bundle = await wholeBundle(store.nexus.bundle([id, (third as StoredPlace).id], "Root"));
    expect(bundle.entries.map(({ record }) => record?.record.id)).toEqual([undefined, third?.id]);
    expect(verifyBundle(bundle).code).toBeUndefined();
    await stores.pop()?.close();
    for (const keyless of [false, true]) {
      const report = await verified(home, home.data, { keyless });
      expect(report).toMatchObject({
        ok: true,
        findings: [],
        erased: [{ index: first?.index, id, kind: "memory.block", receipt: receiptPlace?.index }],
      });
    }
    const again = await reopened(home);
    const [fourth] = await write(again, memory("four"));
    expect(fourth?.seq).toBe(3);
  });

  test("the last record of a stream can be erased, and the stream goes on after it", async () => {
    const { home, store } = await newStore();
    const [, last] = await write(store, memory("one"), memory("two"));
    await write(store, receipt(home, [last as StoredPlace]));
    await stores.pop()?.close();
    const again = await reopened(home);
    const [next] = await write(again, memory("three"));
    expect(next?.seq).toBe(2);
    await stores.pop()?.close();
    expect((await verified(home, home.data)).findings).toEqual([]);
  });

  test("decisions, outcomes and guidance of system space are never erased, and nothing of the request lands", async () => {
    const { home, store } = await newStore();
    const [kept, decided] = await write(store, memory("one"), outcome(uuidv7(), home.keys.sigilderg.service));
    const guidance = (await store.nexus.query({ kind: "canon.entry", order: "asc", limit: 1 }, "Root"))
      .records[0];
    const before = store.nexus.checkpoint.size;
    for (const target of [
      decided as StoredPlace,
      { id: guidance?.signed.record.id ?? "", index: guidance?.index ?? 0, hash: guidance?.rh ?? "" },
    ]) {
      await expect(write(store, receipt(home, [kept as StoredPlace, target]))).rejects.toMatchObject({
        code: "record-not-erasable",
      });
    }
    expect(store.nexus.checkpoint.size).toBe(before);
    expect((await store.nexus.read((kept as StoredPlace).id, "Root")).index).toBe(kept?.index);
  });

  test("a decision relabelled on disk as memory is not erased", async () => {
    const { home, store } = await newStore();
    const [decided] = await write(store, outcome(uuidv7(), home.keys.sigilderg.service));
    change(
      home,
      "UPDATE leaves SET kind = 'memory.block', space = 'user' WHERE leaf_index = ?",
      decided?.index,
    );
    await expect(write(store, receipt(home, [decided as StoredPlace]))).rejects.toMatchObject({
      code: "record-damaged",
    });
  });

  test("a receipt for another record, for none, or for one that is erased already is refused", async () => {
    const { home, store } = await newStore();
    const [one, two] = await write(store, memory("one"), memory("two"));
    const [first, second] = [one as StoredPlace, two as StoredPlace];
    const refused = (targets: Target[]) => write(store, receipt(home, targets));
    await expect(refused([{ ...first, hash: second.hash }])).rejects.toMatchObject({ code: "not-found" });
    await expect(refused([{ ...first, index: 10_000 }])).rejects.toMatchObject({ code: "not-found" });
    const both = [receipt(home, [first]), receipt(home, [first])];
    await expect(write(store, ...both)).rejects.toMatchObject({ code: "record-erased" });
    await write(store, receipt(home, [first]));
    await expect(refused([first])).rejects.toMatchObject({ code: "record-erased" });
  });

  test("a retry of the write whose content was erased is answered with record-erased and writes nothing", async () => {
    const { home, store } = await newStore();
    const request = { records: [memory("once")], idempotency: { principal: "alice", key: "k-1" } };
    const { records } = await store.nexus.append(request);
    await write(store, receipt(home, [records[0] as StoredPlace]));
    const before = store.nexus.checkpoint.size;
    const retry = { ...request, records: [memory("once")] };
    await expect(store.nexus.append(retry)).rejects.toMatchObject({ code: "record-erased" });
    expect(store.nexus.checkpoint.size).toBe(before);
  });

  test("a receipt that SigilDERG did not sign, and a key that is back, are named by verify", async () => {
    const { home, store } = await newStore();
    const [one, two] = await write(store, memory("one"), memory("two"));
    const from = store.nexus.checkpoint.note;
    const key = column(home, "wrapped_dek", (two as StoredPlace).index);
    const principal = column(home, "principal", (two as StoredPlace).index);
    const [forged] = await write(store, receipt(home, [one as StoredPlace], home.keys.mmf.service));
    await write(store, receipt(home, [two as StoredPlace]));
    await stores.pop()?.close();
    const back = `UPDATE leaves SET wrapped_dek = ?, principal = ?,
      kek_id = (SELECT id FROM keks WHERE active) WHERE leaf_index = ?`;
    change(home, back, Buffer.from(key), Buffer.from(principal), two?.index);
    const { findings } = await verified(home, home.data);
    expect(findings.map(({ index, check }) => [index, check])).toEqual([
      [one?.index, "erased-without-receipt"],
      [two?.index, "erasure-undone"],
      [forged?.index, "authored-signature"],
    ]);
    // A receipt above a checkpoint is held against the row below that it names.
    expect((await verified(home, home.data, { from })).findings).toMatchObject([
      { index: two?.index, check: "erasure-undone" },
      { index: forged?.index, check: "authored-signature" },
    ]);
  });

  test("while a reader holds an older view the store says that remains are left, and the next commit removes them", async () => {
    const { home, store } = await newStore();
    const [place] = await write(store, memory("one"));
    const key = column(home, "wrapped_dek", (place as StoredPlace).index);
    const reader = new Database(join(home.data, "nexus.db"), { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM leaves").get();
    await write(store, receipt(home, [place as StoredPlace]));
    expect([store.nexus.unscrubbed, filesWith(home, key).length > 0]).toEqual([true, true]);
    reader.close();
    await write(store, memory("next"));
    expect([store.nexus.unscrubbed, filesWith(home, key)]).toEqual([false, []]);
  }, 20_000);
});
