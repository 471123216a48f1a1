import {
  ACTIONS,
  type ActionRow,
  actionRow,
  BUILT_IN_POLICY,
  decide,
  explain,
  makePolicy,
  policyDigest,
  TRUST_MODEL,
} from "@sigil/policy";
import * as portable from "@sigil/policy/portable";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code.ts";
import { caller, NOW, SOLO } from "./people.ts";

const withRow = (action: string, change: Partial<ActionRow>): ActionRow[] =>
  ACTIONS.map((row) => (row.action === action ? { ...row, ...change } : row));

describe("a policy", () => {
  test("is the built-in one where none is given: its table, its model, its digest", () => {
    const asked = ["memory.write", caller("Operator"), SOLO, NOW] as const;
    expect(decide(...asked, BUILT_IN_POLICY)).toEqual(decide(...asked));
    expect(BUILT_IN_POLICY.digest).toBe(policyDigest());
    expect(makePolicy(ACTIONS, TRUST_MODEL).digest).toBe(policyDigest());
  });

  test("decides by its own rows, and the decision cites its own digest", () => {
    const stricter = makePolicy(withRow("memory.write", { least: "Mentor" }), TRUST_MODEL);
    const decision = decide("memory.write", caller("Operator"), SOLO, NOW, stricter);
    expect(decision).toMatchObject({ verdict: "deny", policy: stricter.digest });
    expect(decision.reasons.map(({ code }) => code)).toEqual(["level-too-low"]);
    expect(stricter.digest).not.toBe(policyDigest());
    expect(decide("memory.write", caller("Operator"), SOLO, NOW).verdict).toBe("allow");
  });

  test("scores by its own model, which the result names", () => {
    const model = { ...TRUST_MODEL, id: "wary", bias: -2 };
    const { trust, verdict } = decide(
      "memory.write",
      caller("Operator"),
      SOLO,
      NOW,
      makePolicy(ACTIONS, model),
    );
    expect(trust).toMatchObject({ model: "wary", bias: -2, allowed: false });
    expect(verdict).toBe("deny");
  });

  test("explains a denial by the rows of the table that decided", () => {
    const stricter = makePolicy(withRow("memory.write", { least: "Root" }), TRUST_MODEL);
    const decision = decide("memory.write", caller("Operator"), SOLO, NOW, stricter);
    expect(explain(decision, stricter.rows).counterfactual).toEqual([
      "A licence of Root or above would change this; trust cannot.",
    ]);
  });

  test("goes on in lockdown with what its own rows open", () => {
    const closed = withRow("memory.read", {}).map((row) => {
      const { lockdown: _, ...rest } = row;
      return row.action === "memory.read" ? rest : row;
    });
    const asked = ["memory.read", caller("Observer"), { ...SOLO, lockdown: true }, NOW] as const;
    expect(decide(...asked).verdict).toBe("allow");
    expect(decide(...asked, makePolicy(closed, TRUST_MODEL)).reasons.map(({ code }) => code)).toEqual([
      "locked-down",
    ]);
  });

  test("is not made of a table that does not hold", () => {
    const twice = [...ACTIONS, actionRow("memory.write")];
    expect(codeOf(() => makePolicy(twice, TRUST_MODEL))).toBe("table-invalid");
  });

  test("decides the same in the portable entry, digest included", () => {
    const rows = withRow("memory.write", { least: "Mentor" });
    const asked = ["memory.write", caller("Operator"), SOLO, NOW] as const;
    expect(portable.decide(...asked, portable.makePolicy(rows, TRUST_MODEL))).toEqual(
      decide(...asked, makePolicy(rows, TRUST_MODEL)),
    );
    expect(portable.BUILT_IN_POLICY.digest).toBe(policyDigest());
  });
});
