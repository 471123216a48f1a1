import { ACTIONS, decide, explain, type Facts, LOA, waterfall } from "@sigil/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { caller, NOW, QUORUM, SOLO } from "./people.ts";

const denied = (facts: Facts) => decide("config.change", caller("Root"), facts, NOW);

describe("an explanation", () => {
  test("of an allow says what was allowed and by which trust, and has nothing to change", () => {
    const { sentences, counterfactual } = explain(decide("memory.write", caller("Operator"), SOLO, NOW));
    expect(sentences[0]).toBe("memory.write is allowed.");
    expect(sentences.join(" ")).toContain("0.50 is needed");
    expect(counterfactual).toEqual([]);
  });

  test("of a level too low names both levels, and says that trust cannot help", () => {
    const { sentences } = explain(decide("policy.change", caller("Mentor"), SOLO, NOW));
    expect(sentences).toContain("Have Mentor, policy.change needs Root.");
    expect(sentences).toContain("A licence of Root or above would change this; trust cannot.");
  });

  test("of a trust too low names the clean days that lift it, and they do", () => {
    const { counterfactual } = explain(denied({ ...SOLO, history: { good: 0, bad: 10, incident: false } }));
    expect(counterfactual).toEqual(["Trust needs 0.80 and is 0.78; 1 more clean day of use would lift it."]);
  });

  test("names the one pressure whose absence would lift the score", () => {
    const { counterfactual } = explain(
      denied({ ...SOLO, anomaly: 0.5, history: { good: 0, bad: 0, incident: false } }),
    );
    expect(counterfactual.join(" ")).toContain("input-anomaly at 0");
  });

  test("says when no single change is enough", () => {
    const all: Facts = {
      mode: "solo",
      anomaly: 1,
      requestRate: 1,
      targetSensitivity: 1,
      history: { good: 0, bad: 0, incident: true },
    };
    expect(explain(denied(all)).counterfactual).toEqual([
      "Trust needs 0.80 and is 0.00; no single change lifts it, several together may.",
    ]);
  });

  test("of a missing quorum points to a proposal", () => {
    expect(explain(denied(QUORUM)).counterfactual).toEqual([
      "A committed proposal for config.change would change this.",
    ]);
  });

  test("is the same from the decision's JSON as from the decision", () => {
    const decision = denied({ ...SOLO, requestRate: 0.9 });
    expect(explain(JSON.parse(JSON.stringify(decision)))).toEqual(explain(decision));
  });

  test("has a waterfall that starts at the bias and ends exactly at the score, for every decision", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...ACTIONS),
        fc.constantFrom(...LOA),
        share,
        share,
        (row, loa, anomaly, requestRate) => {
          const { trust } = decide(row.action, caller(loa), { mode: "solo", anomaly, requestRate }, NOW);
          if (trust === null) return;
          const steps = waterfall(trust);
          expect(steps[0]).toMatchObject({ feature: "bias", logit: trust.bias });
          expect(steps.at(-1)).toMatchObject({ logit: trust.logit, score: trust.score });
        },
      ),
    );
  });
});
