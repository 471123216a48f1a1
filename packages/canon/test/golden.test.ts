import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromUtf8, Secret, signingKey, toBase64url, toHex } from "@sigil/crypto";
import { expect, test } from "vitest";
import { formatCheckpoint, KINDS, type RecordDraft } from "../src/index.ts";
import { implementations } from "./implementations.ts";

const formats = readFileSync(join(import.meta.dirname, "../../../docs/reference/formats.md"), "utf8");
const draft: RecordDraft = {
  id: "01930000-0000-7000-8000-000000000001",
  kind: "memory.block",
  space: "user",
  stream: "memory/alice",
  loa: "Observer",
  author: { principal: "alice", loa: "Operator" },
  links: [],
  salt: toBase64url(new Uint8Array(32).fill(2)),
  payload: { type: "semantic", text: "€ \n", tags: ["b", "a"], visibility: "private" },
};

test.each(implementations)(
  "the golden bytes of docs/reference/formats.md are those of the code, $name",
  ({ canon }) => {
    const key = signingKey(Secret.from(new Uint8Array(32).fill(1)));
    const origin = "sigil.local/log/golden";
    const record = canon.completeDraft(draft, { seq: 0, prev: null, ts: "2026-11-22T12:00:00.000Z" });
    const leaf = { ch: `sha256:${"0".repeat(64)}`, rh: canon.recordHash(record) };
    const leafHash = canon.leafHash(canon.leafBytes(leaf));
    const next = signingKey(Secret.from(new Uint8Array(32).fill(3)));
    const rotation = canon.signRotation({ role: "record", origin, from: 42, ts: record.ts }, key, next);
    const golden = {
      kid: key.kid,
      bytes: canon.canonicalize(record),
      hash: leaf.rh,
      draft: canon.draftDigest(draft),
      signature: canon.signRecord(record, key).sig.value,
      authored: canon.signAuthored("SIGIL-DECISION-V1", { id: "x" }, key).sig.value,
      rotation: canon.canonicalize(rotation.body),
      rotationByOld: rotation.by.old.value,
      rotationByNew: rotation.by.new.value,
      leaf: fromUtf8(canon.leafBytes(leaf)),
      leafHash: toHex(leafHash),
      vkey: canon.verifierKey(origin, key.publicKey.raw),
      checkpoint: canon.signCheckpoint({ origin, size: 1, root: leafHash }, key).trimEnd(),
      cosigner: canon.cosignerKey("cosigner.example", key.publicKey.raw),
      cosignature: canon.cosign(
        formatCheckpoint({ origin, size: 1, root: leafHash }),
        "cosigner.example",
        1_763_812_800,
        key,
      ),
    };
    if (process.env.SIGIL_PRINT_GOLDEN !== undefined) console.log(JSON.stringify(golden, null, 2));
    expect(Object.entries(golden).filter(([, value]) => !formats.includes(value))).toEqual([]);
  },
);

test("the table of kinds in docs/reference/formats.md is that of the code", () => {
  const rows = formats.matchAll(
    /^\| ((?:`[a-z.-]+`(?:, )?)+) \| (\d+) (KiB|MiB) \| (system|user|either) \|$/gm,
  );
  const documented = [...rows].flatMap(([, kinds, size, unit, space]) =>
    [...(kinds as string).matchAll(/`([a-z.-]+)`/g)].map(([, kind]) => [
      kind,
      { maxBytes: Number(size) * (unit === "KiB" ? 1024 : 1024 * 1024), space },
    ]),
  );
  const coded = Object.entries(KINDS).map(([kind, { maxBytes, spaces }]) => [
    kind,
    { maxBytes, space: spaces.length === 2 ? "either" : spaces[0] },
  ]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(coded));
});
