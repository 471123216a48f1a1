import { type RecordDraft, recordHash } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey, toBase64url } from "@sigil/crypto";
import { ACTIONS, type ActionRow, BUILT_IN_POLICY, makePolicy, TRUST_MODEL } from "@sigil/policy";
import { beforeEach, describe, expect, it } from "vitest";
import { SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { type MadeDecision, makeDecision } from "../../src/domain/decisions/decisions.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import { Projection } from "../../src/domain/records/projection.ts";
import { decidedWrite } from "../../src/domain/records/transaction.ts";
import { MemoryStore } from "../memory-store.ts";

const NOW = "2026-11-25T12:00:00.000Z";
const door = signingKey(generateSeed());
const stranger = signingKey(generateSeed());
const root = { principal: "rita", loa: "Root", licence: { jti: "l", serial: 1, scope: ["*"] } } as const;

const decided = (action: string): MadeDecision =>
  makeDecision(
    ...([
      { action, caller: root, facts: { mode: "solo" }, policy: BUILT_IN_POLICY, route: "a test" },
      NOW,
    ] as const),
  );

/** The record of a table. */
function table(
  made: MadeDecision,
  version: number,
  rows: readonly ActionRow[],
  changes: object = {},
): RecordDraft {
  const { digest } = makePolicy(rows, TRUST_MODEL);
  return draft({
    ...{ kind: "policy.change", space: "system", stream: "system/policy", loa: "Observer" },
    author: { principal: "rita", loa: "Root", decision: made.id },
    payload: JSON.parse(
      JSON.stringify({ version, digest, rows, reason: "a test", mode: "solo", ...changes }),
    ),
  });
}

let store: MemoryStore;
let projection: Projection;
beforeEach(async () => {
  store = new MemoryStore(signingKey(generateSeed()));
  const genesis = draft({
    ...{ kind: "system.genesis", space: "system", stream: "system/genesis", loa: "Observer" },
    author: { principal: "bootstrap", loa: "Root" },
    payload: { runtimeId: "here", mode: "solo", modules: [] },
  });
  await store.append({ records: [genesis] }, SERVICE_AUTHORITY);
  const [first] = store.records;
  if (first === undefined) throw new Error("nothing was appended");
  const own = { kid: door.kid, publicKey: toBase64url(door.publicKey.raw), from: 0, to: null };
  projection = new Projection({
    ...{ runtimeId: "here", genesis: recordHash(first) },
    keys: { issuer: [], sigilderg: [own] },
    quorum: { mode: "solo", ceremony: null },
  } as never);
});

const land = (records: readonly RecordDraft[]) => store.append({ records }, SERVICE_AUTHORITY);
const change = (
  version: number,
  rows: readonly ActionRow[],
  key: SigningKey = door,
  changes: object = {},
) => {
  const made = decided("policy.change");
  return decidedWrite(made, [table(made, version, rows, changes)], key, () => NOW);
};
const rebuilt = async () => {
  try {
    await projection.rebuild(store);
    return "read";
  } catch (error) {
    return (error as { code?: string }).code;
  }
};
const stricter = (least: ActionRow["least"]) =>
  ACTIONS.map((row) => (row.action === "memory.write" ? { ...row, least } : row));

describe("a record that decides", () => {
  it("is followed from the log, one version after the other", async () => {
    await land(change(1, stricter("Mentor")));
    await land(change(2, stricter("Root")));
    expect(await rebuilt()).toBe("read");
    expect(projection.policy.rows.get("memory.write")?.least).toBe("Root");
    expect(projection.policies.tables.inForce.version).toBe(2);
  });

  it.each<[string, () => RecordDraft[]]>([
    ["that no outcome is about", () => [table(decided("policy.change"), 1, stricter("Guest"))]],
    ["whose outcome another key signed", () => change(1, stricter("Guest"), stranger)],
    [
      "whose outcome is about another record",
      () => {
        const made = decided("policy.change");
        const other = table(made, 1, stricter("Mentor"));
        return [table(made, 1, stricter("Guest")), ...decidedWrite(made, [other], door, () => NOW)];
      },
    ],
    ["of a version that is not next", () => change(2, stricter("Mentor"))],
    [
      "whose digest is another table's",
      () => change(1, stricter("Mentor"), door, { digest: BUILT_IN_POLICY.digest }),
    ],
    [
      "that breaks what no proposal may break",
      () =>
        change(
          1,
          ACTIONS.map((row) => (row.action === "record.erase" ? { ...row, quorum: "none" } : row)),
        ),
    ],
    ["that is none", () => change(1, stricter("Mentor"), door, { rows: [] })],
  ])("%s keeps the control plane from becoming ready", async (_, records) => {
    await land(records());
    expect(await rebuilt()).toBe("governing-record-invalid");
    expect(projection.ready).toBe(false);
  });

  it("that lands while the log is read again comes after those before it", async () => {
    await land(change(1, stricter("Mentor")));
    await projection.rebuild(store);
    const rebuilding = projection.rebuild(store);
    const made = decided("policy.change");
    const record = table(made, 2, stricter("Root"));
    const { records } = await land(decidedWrite(made, [record], door, () => NOW));
    const { seq, ts, index } = records[1] as (typeof records)[number];
    projection.absorb({ ...record, v: 1, seq, prev: null, ts }, index);
    await rebuilding;
    expect(projection.policies.tables.inForce.version).toBe(2);
    expect(projection.policy.rows.get("memory.write")?.least).toBe("Root");
  });
});
