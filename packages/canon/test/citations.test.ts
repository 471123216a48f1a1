import { expect, test } from "vitest";
import {
  type CanonRecord,
  completeDraft,
  DOMAINS,
  type Json,
  signAuthored,
  verifyBundle,
} from "../src/index.ts";
import { bundleOf, draft, id, keys, TS } from "./fixture.ts";

const H = (digit: string) => `sha256:${digit.repeat(64)}`;
const place = { seq: 0, prev: null, ts: TS };
const authored = (kind: "chain.frozen" | "decision.outcome", n: number, body: object): CanonRecord => {
  const chain = kind === "chain.frozen";
  const payload = signAuthored(
    chain ? DOMAINS.chain : DOMAINS.outcome,
    body,
    chain ? keys.mmf : keys.sigilderg,
  );
  const space = chain ? "user" : "system";
  return completeDraft(draft(n, { kind, space, stream: `x/${n}`, payload: payload as never }), place);
};
const plain = (n: number, body: Json) =>
  completeDraft(draft(n, { stream: `x/${n}`, payload: { body } }), place);

test.each<[string, CanonRecord, string[]]>([
  [
    "every hash that a frozen chain froze, each once",
    authored("chain.frozen", 1, {
      input: H("1"),
      output: H("2"),
      calls: H("3"),
      parents: [{ hash: H("4") }, { run: "x", hash: H("1") }],
      context: [{ hash: H("5") }, { ref: "x" }, null, "x", 7, [H("6")]],
    }),
    ["1", "2", "3", "4", "5"],
  ],
  [
    "nothing of what is no hash",
    authored("chain.frozen", 2, { input: "x", output: 5, parents: H("1"), context: {} }),
    [],
  ],
  ["nothing of a list that only reads as a hash", authored("chain.frozen", 3, { parents: [[H("1")]] }), []],
  [
    "the links of any record",
    completeDraft(draft(4, { links: [{ label: "x", target: H("7") }] }), place),
    ["7"],
  ],
  ["nothing of the content of any other record", plain(5, { input: H("1"), parents: [H("2")] }), []],
])("a bundle cites %s", (_, record, digits) => {
  const report = verifyBundle(bundleOf([record]));
  expect(report.verdict).toBe("unpinned");
  expect(report.cited).toEqual(digits.map((digit) => ({ hash: H(digit), by: record.id, present: false })));
});

test("only an outcome binds effects, and only those that it names by id and digest", () => {
  const written = plain(6, {});
  const effects = [null, 7, "x", [id(6)], { id: id(6) }, { id: 6, digest: H("1") }, { id: id(6), digest: 1 }];
  const bound = (...records: CanonRecord[]) =>
    verifyBundle(bundleOf([written, ...records])).steps.filter(({ name }) => name === "effects");
  expect(bound(authored("decision.outcome", 7, { effects }))).toEqual([]);
  expect(bound(authored("decision.outcome", 7, { effects: { id: id(6), digest: H("1") } }))).toEqual([]);
  expect(bound(plain(8, { effects: [{ id: id(6), digest: H("1") }] }))).toEqual([]);
  expect(bound(authored("decision.outcome", 7, { effects: [{ id: id(6), digest: H("1") }] }))).toMatchObject([
    { ok: false, subject: id(7) },
  ]);
});
