import { generateSeed, signingKey } from "@sigil/crypto";
import { BUILT_IN_POLICY } from "@sigil/policy";
import { checkPayload, WireError } from "@sigil/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionsOf, FillingBatch, listOf } from "../../src/domain/decisions/decision-batch.ts";
import { makeDecision } from "../../src/domain/decisions/decisions.ts";
import { batchDraft } from "../../src/domain/records/drafts.ts";

const TS = "2026-11-22T12:00:00.000Z";

/** Decisions as the door makes them: few callers and actions, allowed and denied, with and without a run. */
const decision = fc
  .record({
    principal: fc.constantFrom("alice", "bob"),
    loa: fc.constantFrom("Guest", "Operator" as const),
    action: fc.constantFrom("memory.read", "license.validate", "nothing.known"),
    requestRate: fc.constantFrom(0, 0.5, 1),
    run: fc.constantFrom(undefined, "019abcde-0000-7000-8000-000000000001"),
    second: fc.integer({ min: 10, max: 59 }),
  })
  .map(({ principal, loa, action, requestRate, run, second }) => {
    const caller = { principal, loa, licence: { jti: "l-1", serial: 1, scope: ["*"] } } as const;
    const facts = { mode: "solo", requestRate } as const;
    const asked = { action, caller, facts, policy: BUILT_IN_POLICY, route: "GET /v1/memory" };
    return makeDecision(run === undefined ? asked : { ...asked, run }, TS.replace("00.000", `${second}.000`))
      .body;
  });

describe("a batch of decisions", () => {
  it("gives every decision back whole and in order, whatever they have in common", () => {
    fc.assert(
      fc.property(fc.array(decision, { minLength: 1, maxLength: 40 }), (decisions) => {
        expect(decisionsOf(listOf(decisions))).toEqual(decisions);
      }),
    );
  });

  it("states once what its decisions have in common, so that a decision more costs an id, a time and a place", () => {
    const [body] = fc.sample(decision, { numRuns: 1, seed: 1 });
    const same = Array.from({ length: 100 }, () => body as NonNullable<typeof body>);
    const one = JSON.stringify(listOf(same.slice(0, 1))).length;
    expect(JSON.stringify(listOf(same)).length - one).toBeLessThanOrEqual(99 * 96);
  });

  it("is never longer than it counts, and refuses a decision that is one too many without losing it", () => {
    fc.assert(
      fc.property(
        fc.array(decision, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1_500, max: 6_000 }),
        (decisions, bytes) => {
          const batch = new FillingBatch({ bytes, decisions: 30 });
          const taken = decisions.filter((body) => batch.add(body));
          const { grounds, decisions: listed } = batch;
          expect(JSON.stringify({ grounds, decisions: listed }).length).toBeLessThanOrEqual(bytes + 64);
          expect(decisionsOf(batch)).toEqual(taken);
          expect(taken.length).toBeLessThanOrEqual(30);
        },
      ),
    );
  });

  it("is a payload that the store takes, and one whose decision names no ground of it is none", () => {
    const key = signingKey(generateSeed());
    const { kind, payload } = batchDraft(listOf(fc.sample(decision, 50)), TS, key);
    expect(checkPayload(kind, payload)).toEqual(payload);
    const { body, sig } = payload as { body: { decisions: object[] }; sig: unknown };
    const [first] = body.decisions;
    const astray = { sig, body: { ...body, decisions: [{ ...first, ground: 50 }] } };
    expect(() => checkPayload(kind, astray)).toThrow(WireError);
  });
});
