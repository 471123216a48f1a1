import {
  ACTIONS,
  type ActionRow,
  actionRow,
  checkCalibration,
  checkModel,
  checkTableChange,
  FEATURES,
  isLoa,
  LOA,
  PolicyError,
  SIGNS,
  TRUST_MODEL,
  type TrustModel,
} from "@sigil/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code.ts";

const withRow = (action: string, change: (row: ActionRow) => ActionRow): ActionRow[] =>
  ACTIONS.map((row) => (row.action === action ? change(row) : row));
const set = (action: string, change: Partial<ActionRow>) => withRow(action, (row) => ({ ...row, ...change }));
const without = (action: string, column: keyof ActionRow) =>
  withRow(action, (row) => {
    const { [column]: _, ...rest } = row;
    return rest as ActionRow;
  });

/** The table, or undefined for one that is refused by name. */
function accepted(rows: readonly ActionRow[]): ReadonlyMap<string, ActionRow> | undefined {
  try {
    return checkTableChange(rows);
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

describe("a change of the table", () => {
  test("may set levels, thresholds, risks, notes, and close or strengthen what it likes", () => {
    for (const rows of [
      ACTIONS,
      set("memory.write", { least: "Mentor", trust: 0.6, risk: 0.5, note: "stricter" }),
      set("memory.write", { least: "Observer" }),
      set("record.erase", { quorum: 2 }),
      set("module.register", { quorum: "majority" }),
      without("license.issue", "quorumFrom"),
      without("memory.read", "lockdown"),
    ]) {
      expect(checkTableChange(rows).size).toBe(ACTIONS.length);
    }
  });

  test.each<[string, string, readonly ActionRow[]]>([
    ["an action disappears", "table-incomplete", ACTIONS.filter(({ action }) => action !== "memory.write")],
    [
      "an action is added that nobody knows",
      "table-surplus",
      [...ACTIONS, { ...actionRow("memory.write"), action: "memory.burn" }],
    ],
    ["a row stands twice", "table-invalid", [...ACTIONS, actionRow("memory.write")]],
    ["a row has a quorum below Root", "table-invalid", set("record.erase", { least: "Mentor" })],
    ["a service's row is opened", "table-invalid", set("store.read", { least: "Root", recorded: "durable" })],
    ["a service's row is given to another", "table-inviolable", set("host.call", { by: "sigilderg" })],
    [
      "a public row asks for a licence",
      "table-inviolable",
      set("health.read", { least: "Guest", recorded: "batched" }),
    ],
    [
      "a licensed row asks for none",
      "table-inviolable",
      set("memory.read", { least: "none", trust: null, recorded: "none" }),
    ],
    [
      "a governed row leaves less of a trace",
      "table-inviolable",
      set("policy.change", { recorded: "batched" }),
    ],
    ["a read is recorded in another way", "table-inviolable", set("memory.read", { recorded: "durable" })],
    ["a vote needs no witness", "table-inviolable", without("proposal.attest", "witness")],
    ["registering a module needs fewer", "table-invalid", set("module.register", { quorum: 1 })],
    ["changing the policy needs fewer", "table-invalid", set("policy.change", { quorum: 1 })],
    [
      "a row without a proposal of its own has a quorum",
      "table-inviolable",
      set("license.revoke", { quorum: 1 }),
    ],
    ["erasing needs nobody else", "table-inviolable", set("record.erase", { quorum: "none" })],
    ["a quorum begins at a higher level", "table-invalid", set("license.issue", { quorumFrom: "Root" })],
    ["lockdown cannot be left", "table-invalid", set("lockdown.leave", { quorum: 2 })],
    ["lockdown leads nowhere", "table-inviolable", without("lockdown.leave", "lockdown")],
    ["writes go on in lockdown", "table-inviolable", set("memory.write", { lockdown: "open" })],
    ["votes stop in lockdown", "table-inviolable", without("proposal.attest", "lockdown")],
    ["only Roots may vote", "table-inviolable", set("proposal.attest", { least: "Root" })],
    ["proposing asks for more trust", "table-inviolable", set("proposal.create", { trust: 0.9 })],
    ["changing the policy asks for more trust", "table-inviolable", set("policy.change", { trust: 0.99 })],
    ["nobody can sign in during lockdown", "table-inviolable", without("session.open", "lockdown")],
  ])("is refused where %s", (_, code, rows) => {
    expect(codeOf(() => checkTableChange(rows))).toBe(code);
  });

  test("that is accepted leaves every row of the built-in table its kind, its trace and its quorum", () => {
    const row = fc.constantFrom(...ACTIONS);
    const change = fc.record(
      {
        least: fc.constantFrom(...LOA, "none" as const, "service" as const),
        trust: fc.constantFrom(null, 0, 0.5, 1),
        recorded: fc.constantFrom("none", "metrics", "batched", "durable", "with-run"),
        quorum: fc.constantFrom("none", 1, 2, "majority", "proposal", "local"),
        lockdown: fc.constantFrom("open", "leaves", "proposal"),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Partial<ActionRow>>;
    fc.assert(
      fc.property(row, change, ({ action }, changed) => {
        const table = accepted(set(action, changed));
        const broken = ACTIONS.filter((was) => {
          const now = table?.get(was.action) ?? was;
          const kept = now.recorded === was.recorded && isLoa(now.least) === isLoa(was.least);
          return !kept || (was.quorum !== "none" && (now.quorum === "none" || now.least !== "Root"));
        });
        expect(broken).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

const model = (change: Partial<TrustModel["weights"]>, rest: Partial<TrustModel> = {}): TrustModel => ({
  ...TRUST_MODEL,
  ...rest,
  weights: { ...TRUST_MODEL.weights, ...change },
});

describe("a change of the trust model", () => {
  test("may set weights in eighths, of their signs", () => {
    expect(() => checkModel(model({ reputation: 4.125, "request-rate": 0 }))).not.toThrow();
  });

  test.each<[string, TrustModel]>([
    ["a weight is not finite", model({ incident: Number.NEGATIVE_INFINITY })],
    ["a weight is no number", model({ incident: Number.NaN })],
    ["a weight is no multiple of 1/8", model({ reputation: 4.1 })],
    ["a weight is beyond 64", model({ incident: -65 })],
    ["the bias is not finite", model({}, { bias: Number.POSITIVE_INFINITY })],
    ["a feature is missing", { ...TRUST_MODEL, weights: { reputation: 1 } as never }],
    ["a feature does not exist", model({ luck: 1 } as never)],
    ["the id is no name", model({}, { id: "Trust v2" })],
    ...FEATURES.map((feature): [string, TrustModel] => [
      `${feature} has the wrong sign`,
      model({ [feature]: -SIGNS[feature] }),
    ]),
  ])("is refused where %s", (_, wrong) => {
    expect(codeOf(() => checkModel(wrong))).toBe("model-invalid");
  });

  test("is refused where a fresh, clean caller at exactly the least level no longer passes a row", () => {
    expect(codeOf(() => checkCalibration(model({}, { bias: 0 }), ACTIONS))).toBe("model-uncalibrated");
  });

  test("is refused where an incident no longer closes the rows of 0.5 and above", () => {
    expect(codeOf(() => checkCalibration(model({ incident: -1 }), ACTIONS))).toBe("model-uncalibrated");
  });

  test("is held against the table in force, as the table is against the model", () => {
    expect(() => checkCalibration(TRUST_MODEL, ACTIONS)).not.toThrow();
    const stricter = set("memory.write", { trust: 0.99 });
    expect(codeOf(() => checkCalibration(TRUST_MODEL, stricter))).toBe("model-uncalibrated");
  });
});
