import { effectiveVerdict, isRunFault, RUN_FAULTS, type RunFault, violationOf } from "@sigil/policy";
import { describe, expect, test } from "vitest";

const faults = Object.keys(RUN_FAULTS) as RunFault[];
const quiet = { callFailed: false, callUnanswered: false };

describe("what counts against a module", () => {
  // The fault, and whether it counts: by itself, when a host call failed for an outage, when one was not answered.
  const table: [RunFault, alone: boolean, failed: boolean, unanswered: boolean][] = [
    ["cpu-limit", true, true, true],
    ["wall-limit", true, true, false],
    ["memory-limit", true, true, true],
    ["stack-limit", true, true, true],
    ["calls-limit", true, true, true],
    ["calls-too-large", true, true, true],
    ["argument-too-large", true, true, true],
    ["output-too-large", true, true, true],
    ["output-invalid", true, true, true],
    ["guest-error", true, false, true],
    ["module-invalid", true, true, true],
    ["run-stalled", true, true, true],
    ["pending-calls", true, true, true],
    ["runner-crashed", true, true, true],
    ["protocol-error", true, true, true],
    ["cancelled", false, false, false],
  ];

  test("is said of every fault there is", () => {
    expect(table.map(([fault]) => fault).toSorted()).toEqual(faults.toSorted());
  });

  test.each(table)("%s: alone %s, with a failed call %s, with an unanswered one %s", (fault, ...counts) => {
    const ends = [quiet, { ...quiet, callFailed: true }, { ...quiet, callUnanswered: true }];
    const found = ends.map((end) => violationOf({ reasons: [fault], ...end }));
    expect(found).toEqual(counts.map((yes) => (yes ? fault : undefined)));
  });

  test("is a made-up reference, and never a trust that is too low, a verdict of its own or a caller who stopped it", () => {
    expect(violationOf({ reasons: ["trust-too-low", "ref-unknown"], ...quiet })).toBe("ref-unknown");
    for (const reasons of [[], ["trust-too-low"], ["cancelled"], ["cancelled", "trust-too-low"]])
      expect(violationOf({ reasons, ...quiet })).toBeUndefined();
  });
});

test("every fault becomes a ManualReview that names it, whatever else is said of the run", () => {
  for (const error of faults)
    for (const trustAllowed of [true, false]) {
      const { verdict, reasons } = effectiveVerdict({ module: null, refsOk: true, trustAllowed, error });
      expect([verdict, reasons[0]?.code]).toEqual(["ManualReview", error]);
    }
});

test("a word of the object prototype is no fault", () => {
  for (const word of ["constructor", "toString", "__proto__", ""]) expect(isRunFault(word)).toBe(false);
});
