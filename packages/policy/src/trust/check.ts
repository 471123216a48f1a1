import type { ActionRow } from "../action/row.ts";
import { PolicyError } from "../error.ts";
import type { Facts } from "../facts.ts";
import { isLoa, type Loa } from "../loa.ts";
import { evaluateTrust } from "./evaluate.ts";
import { FEATURES, SIGNS, type TrustModel } from "./model.ts";

const ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Greatest magnitude of the bias and of a weight; far beyond it a sigmoid says 0 or 1 and nothing else. */
const LARGEST = 64;

/**
 * Whether a model can be one: a name, every feature and no other, finite multiples of 1/8 (so that contributions add up
 * exactly), of the sign that each weight may have.
 * @throws PolicyError `model-invalid` naming the place
 */
export function checkModel({ id, bias, weights }: TrustModel): void {
  if (!ID.test(id)) throw invalid("its id is not [a-z0-9][a-z0-9._-]{0,63}");
  const other = Object.keys(weights).find((name) => !FEATURES.some((feature) => feature === name));
  if (other !== undefined) throw invalid(`${JSON.stringify(other)} is no feature`);
  checkNumber("bias", bias);
  for (const feature of FEATURES) {
    const weight: unknown = weights[feature];
    checkNumber(feature, weight);
    if ((weight as number) * SIGNS[feature] < 0) {
      throw invalid(`${feature} has a weight of ${String(weight)}; ${SIGNED[SIGNS[feature]]}`);
    }
  }
}

const SIGNED = {
  1: "more of it never lowers a score",
  [-1]: "more of it never raises a score",
} as const;

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== "number" || !(Math.abs(value) <= LARGEST) || !Number.isInteger(value * 8)) {
    throw invalid(`${name} is not a multiple of 1/8 from −${LARGEST} to ${LARGEST}`);
  }
}

const FRESH: Facts = { mode: "solo" };
/** The best that an incident leaves: endless good evidence, at the highest level. */
const INCIDENT: Facts = { mode: "solo", history: { good: 1e12, bad: 0, incident: true } };

/** Least threshold of the rows that an incident closes. */
const CLOSED_BY_INCIDENT = 0.5;

/**
 * Whether a model fits a table: a fresh, clean caller at exactly the least level passes every row, and an incident fails every
 * row of 0.5 and above whatever speaks for the caller.
 * @throws PolicyError `model-uncalibrated` naming the row, its threshold and the score
 */
export function checkCalibration(model: TrustModel, rows: readonly ActionRow[]): void {
  for (const row of rows) {
    if (row.trust === null || !isLoa(row.least)) continue;
    const scoreOf = (level: Loa, facts: Facts) => evaluateTrust(row, level, facts, model)?.score ?? 0;
    const fresh = scoreOf(row.least, FRESH);
    if (fresh < row.trust) {
      throw uncalibrated(
        `${row.action} needs ${row.trust}, and a fresh, clean ${row.least} scores ${fresh.toFixed(3)}`,
      );
    }
    const best = scoreOf("Root", INCIDENT);
    if (row.trust >= CLOSED_BY_INCIDENT && best >= row.trust) {
      throw uncalibrated(`${row.action} needs ${row.trust}, and an incident may leave ${best.toFixed(3)}`);
    }
  }
}

function invalid(problem: string): PolicyError {
  return new PolicyError("model-invalid", `the trust model cannot be one: ${problem}`);
}

function uncalibrated(problem: string): PolicyError {
  return new PolicyError("model-uncalibrated", `${problem}; the model and the table do not fit each other`);
}
