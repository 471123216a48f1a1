import { reputation } from "./reputation.ts";

/** Days after which evidence counts half. */
export const HALF_LIFE_DAYS = { good: 14, bad: 60 } as const;

/** Good evidence that one day can add at most, so that it cannot be farmed. */
export const GOOD_PER_DAY = 10;

/** Days after which the model's `incident` is over. */
export const INCIDENT_DAYS = 14;

/** What an event counts as bad evidence. */
export const SEVERITY = {
  "policy-denial": 1,
  "rule-zero-violation": 3,
  "rate-abuse": 5,
  "integrity-mismatch": 10,
  tampering: 40,
} as const;

/** Evidence after one clean day of full use: both kinds decay, the day's good is added. */
export function afterCleanDay({ good, bad }: { good: number; bad: number }): { good: number; bad: number } {
  return {
    good: good * 2 ** (-1 / HALF_LIFE_DAYS.good) + GOOD_PER_DAY,
    bad: bad * 2 ** (-1 / HALF_LIFE_DAYS.bad),
  };
}

/** A year: whatever is not reached by then is not reached by waiting. */
const LONGEST_DAYS = 365;

/** Clean days of full use until the reputation satisfies `enough`; 0 if it does now, undefined if it will not in a year. */
export function daysToReach(
  evidence: { readonly good: number; readonly bad: number },
  enough: (reputation: number) => boolean,
): number | undefined {
  let { good, bad } = evidence;
  for (let days = 0; days <= LONGEST_DAYS; days++) {
    if (enough(reputation(good, bad).value)) return days;
    ({ good, bad } = afterCleanDay({ good, bad }));
  }
  return undefined;
}
