import {
  ACTIONS,
  type ActionRow,
  actionRow,
  afterCleanDay,
  daysToReach,
  evaluateTrust,
  type Facts,
  FEATURES,
  LOA,
  type Loa,
  reputation,
  SEVERITY,
  SIGNS,
  sigmoid,
  TRUST_MODEL,
  type TrustResult,
} from "@sigil/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectGolden } from "./golden.ts";
import { SOLO } from "./people.ts";

type Graded = ActionRow & { readonly least: Loa; readonly trust: number };
const graded = ACTIONS.filter((row): row is Graded => row.trust !== null);
const trust = (row: ActionRow, loa: Loa, facts: Facts = SOLO): TrustResult => {
  const result = evaluateTrust(row, loa, facts);
  if (result === null) throw new Error(`${row.action} asks for no trust`);
  return result;
};
const history = (good: number, bad: number, incident = false): Facts => ({
  ...SOLO,
  history: { good, bad, incident },
});

describe("reputation", () => {
  test("is mean − 1 sd of Beta(1 + good, 2 + bad)", () => {
    // By hand: Beta(1, 2) has mean 1/3 and variance 2/(9·4); Beta(11, 3) has mean 11/14 and variance 33/(196·15).
    expect(reputation(0, 0).value).toBeCloseTo(1 / 3 - Math.sqrt(2 / 36), 4);
    expect(reputation(10, 1).value).toBeCloseTo(11 / 14 - Math.sqrt(33 / (196 * 15)), 4);
  });

  test("stays in 0…1 and finite for any evidence", () => {
    const evidence = fc.double({ min: 0, max: 1e300, noNaN: true });
    fc.assert(
      fc.property(evidence, evidence, (good, bad) => {
        const { mean, sd, value } = reputation(good, bad);
        for (const number of [mean, sd, value]) {
          expect(number).toBeGreaterThanOrEqual(0);
          expect(number).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("rises with good evidence and falls with bad", () => {
    const evidence = fc.double({ min: 0, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(evidence, evidence, evidence, (good, bad, more) => {
        expect(reputation(good + more, bad).value).toBeGreaterThanOrEqual(reputation(good, bad).value);
        expect(reputation(good, bad + more).value).toBeLessThanOrEqual(reputation(good, bad).value);
      }),
    );
  });
});

describe("the trust model", () => {
  test("has for every feature a weight of the sign that it may have, in eighths", () => {
    for (const feature of FEATURES) {
      const weight = TRUST_MODEL.weights[feature];
      expect(Math.sign(weight), feature).toBe(SIGNS[feature]);
      expect(weight * 8, feature).toBe(Math.round(weight * 8));
    }
    expect(TRUST_MODEL.bias * 8).toBe(Math.round(TRUST_MODEL.bias * 8));
  });

  test("is asked only where the row has a threshold", () => {
    expect(evaluateTrust(actionRow("license.validate"), "Root", SOLO)).toBeNull();
  });

  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const evidence = fc.double({ min: 0, max: 1e4, noNaN: true });
  const row = fc.constantFrom(...graded);
  const level = fc.constantFrom(...LOA);
  const anyFacts = fc.record({
    mode: fc.constant("solo" as const),
    targetSensitivity: share,
    requestRate: share,
    anomaly: share,
    history: fc.record({ good: evidence, bad: evidence, incident: fc.boolean() }),
  });

  test("adds up exactly: every product, and the bias and all contributions in any order", () => {
    fc.assert(
      fc.property(row, level, anyFacts, fc.infiniteStream(fc.nat()), (r, loa, facts, keys) => {
        const result = trust(r, loa, facts);
        for (const { weight, value, logOdds } of result.contributions)
          expect(logOdds).toBe(weight * value + 0);
        const shuffled = result.contributions
          .map((contribution) => ({ contribution, key: keys.next().value }))
          .toSorted((a, b) => a.key - b.key);
        expect(shuffled.reduce((sum, { contribution }) => sum + contribution.logOdds, result.bias)).toBe(
          result.logit,
        );
        expect(result.score).toBe(sigmoid(result.logit));
        expect(result.allowed).toBe(result.score >= result.threshold);
      }),
    );
  });

  test("survives JSON unchanged, so that a record redoes it", () => {
    fc.assert(
      fc.property(row, level, anyFacts, (r, loa, facts) => {
        const result = trust(r, loa, facts);
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }),
    );
  });

  test("never scores more for more risk, pressure, bad evidence or an incident", () => {
    fc.assert(
      fc.property(row, level, anyFacts, share, share, (r, loa, facts, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        for (const feature of ["targetSensitivity", "requestRate", "anomaly"] as const) {
          const at = (value: number) => trust(r, loa, { ...facts, [feature]: value }).score;
          expect(at(more), feature).toBeLessThanOrEqual(at(less));
        }
        const risky = (risk: number) => trust({ ...r, risk }, loa, facts).score;
        expect(risky(more)).toBeLessThanOrEqual(risky(less));
        const past = facts.history;
        const after = (change: Partial<typeof past>) =>
          trust(r, loa, { ...facts, history: { ...past, ...change } }).score;
        expect(after({ bad: past.bad + more })).toBeLessThanOrEqual(after({}));
        expect(after({ incident: true })).toBeLessThanOrEqual(after({ incident: false }));
      }),
    );
  });

  test("never scores less for more good evidence or a higher level", () => {
    fc.assert(
      fc.property(row, level, level, anyFacts, evidence, (r, one, other, facts, more) => {
        const past = facts.history;
        const better = { ...facts, history: { ...past, good: past.good + more } };
        expect(trust(r, one, better).score).toBeGreaterThanOrEqual(trust(r, one, facts).score);
        const [low, high] = LOA.indexOf(one) <= LOA.indexOf(other) ? [one, other] : [other, one];
        expect(trust(r, high, facts).score).toBeGreaterThanOrEqual(trust(r, low, facts).score);
      }),
    );
  });
});

describe("the calibration", () => {
  test("lets a fresh, clean caller at exactly the least level pass every row", () => {
    for (const row of graded) expect(trust(row, row.least).allowed, row.action).toBe(true);
  });

  test("fails an incident on every row of 0.5 and above, whatever the reputation and the level", () => {
    for (const row of graded.filter(({ trust }) => trust >= 0.5)) {
      expect(trust(row, "Root", history(1e12, 0, true)).allowed, row.action).toBe(false);
    }
  });

  test("forgives one policy denial, and closes the rows of 0.8 to a Rule Zero violation until there is better", () => {
    const change = actionRow("config.change");
    expect(trust(change, "Root", history(0, SEVERITY["policy-denial"])).allowed).toBe(true);
    expect(trust(change, "Root", history(0, SEVERITY["rule-zero-violation"])).allowed).toBe(false);
    const next = afterCleanDay({ good: 0, bad: SEVERITY["rule-zero-violation"] });
    expect(trust(change, "Root", history(next.good, next.bad)).allowed).toBe(true);
  });

  test("is the reviewed one", () => {
    const days = (row: Graded, bad: number) => {
      const needed = daysToReach({ good: 0, bad }, (value) => {
        const fresh = trust(row, row.least);
        const own = fresh.contributions.find(({ feature }) => feature === "reputation");
        return (
          sigmoid(fresh.logit - (own?.logOdds ?? 0) + TRUST_MODEL.weights.reputation * value) >= row.trust
        );
      });
      return needed === undefined ? "never" : String(needed);
    };
    const pad = (cells: readonly string[]) =>
      cells
        .map((cell, i) => cell.padEnd(i === 0 ? 22 : 10))
        .join("")
        .trimEnd();
    const severities = Object.entries(SEVERITY);
    expectGolden(
      "trust.golden.txt",
      [
        `Model ${TRUST_MODEL.id}: bias ${TRUST_MODEL.bias}, ${FEATURES.map((f) => `${f} ${TRUST_MODEL.weights[f]}`).join(", ")}`,
        "fresh = score of a fresh, clean caller at exactly the least level · incident = best score that an incident leaves",
        "days = clean days of full use after one such event of a fresh caller until the row opens (incident apart, 14 days)",
        "",
        pad(["action", "needs", "fresh", "incident", ...severities.map(([, weight]) => `days ${weight}`)]),
        ...graded.map((row) =>
          pad([
            row.action,
            row.trust.toFixed(1),
            trust(row, row.least).score.toFixed(3),
            trust(row, "Root", history(1e12, 0, true)).score.toFixed(3),
            ...severities.map(([, weight]) => days(row, weight)),
          ]),
        ),
        "",
        `Severities: ${severities.map(([name, weight]) => `${name} ${weight}`).join(", ")}`,
        "",
      ].join("\n"),
    );
  });
});
