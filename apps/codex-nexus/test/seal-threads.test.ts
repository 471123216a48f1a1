// Records that are sealed in threads, against records that are sealed where they are.
import { canonicalize, encodeRecord, leafBytes, leafHash } from "@sigil/canon";
import { AeadKey, generateSeed, sha256, signingKey, toBase64url } from "@sigil/crypto";
import { afterAll, expect, test } from "vitest";
import { hashRef, openCiphertext, openDek, type Placed, sealRecord } from "../src/domain/seal.ts";
import { SealThreads } from "../src/store/seal-threads.ts";
import { memory } from "./support/drafts.ts";

const threads = new SealThreads();
afterAll(() => threads.close());

const keys = {
  origin: "sigil.example/log",
  record: signingKey(generateSeed()),
  kek: { id: "kek", key: AeadKey.from(generateSeed()) },
};
const ts = "2026-11-25T00:00:00.000Z";
const encoded = (n: number) => encodeRecord({ v: 1, ...memory(`text ${n} — ü`), seq: 0, prev: null, ts });

function placed(count: number) {
  const records = Array.from({ length: count }, (_, n) => encoded(n));
  return records.map(({ record, message, digest }) => ({ clear: record, message, hash: hashRef(digest) }));
}

/** What a row says once it is opened, and what the log says of it. */
function opens({ clear, message, hash }: Placed, sealed: ReturnType<typeof sealRecord>): string {
  const { origin, kek } = keys;
  const ring = { get: () => kek } as unknown as Parameters<typeof openDek>[2];
  const row = { ...clear, ...sealed, kekId: kek.id } as unknown as Parameters<typeof openDek>[0];
  const text = new TextDecoder().decode(openCiphertext(row, origin, openDek(row, origin, ring)));
  const value = toBase64url(keys.record.sign(message));
  const sig = { kid: keys.record.kid, alg: "Ed25519", value };
  expect(text).toBe(canonicalize({ record: clear, sig }));
  expect(sealed.ch).toBe(hashRef(sha256(sealed.ct)));
  expect(sealed.leaf).toEqual(leafHash(leafBytes({ ch: sealed.ch, rh: hash })));
  return text;
}

test.each([1, 30, 101])(
  "%i records that threads seal come back in their order, each as it is sealed on the calling thread",
  async (count) => {
    const records = placed(count);
    const sealed = await threads.seal(records, keys);
    expect(sealed).toHaveLength(count);
    for (const [at, record] of records.entries())
      expect(opens(record, sealed[at] as (typeof sealed)[number])).toBe(
        opens(record, sealRecord(record, keys)),
      );
  },
);

test("a record that cannot be sealed refuses its batch by name, and the next batch is sealed", async () => {
  const records = placed(40);
  const broken = records.with(33, {
    ...(records[33] as Placed & (typeof records)[number]),
    hash: "sha256:none",
  });
  await expect(threads.seal(broken, keys)).rejects.toThrow("sha256");
  expect(await threads.seal(records, keys)).toHaveLength(40);
});

test("a key that is no object of Node's signs where it is, and never leaves its thread", async () => {
  const { record } = keys;
  let signed = 0;
  const sign = (message: Uint8Array) => {
    signed += 1;
    return record.sign(message);
  };
  const records = placed(40);
  const sealed = await threads.seal(records, { ...keys, record: { kid: record.kid, sign } });
  expect(signed).toBe(40);
  opens(records[39] as Placed, sealed[39] as (typeof sealed)[number]);
});
