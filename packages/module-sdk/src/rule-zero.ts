import { ModuleError } from "./error.ts";
import { OUTPUT_LIMITS as max, type RuleZeroOutput } from "./output.ts";

const VERDICTS: readonly unknown[] = ["Allow", "Deny", "Defer", "ManualReview"];
const CLAIM_KEY = /^[a-z][a-zA-Z0-9]{0,31}$/;

/** Throws ModuleError unless the value of a field is what it must be; `at` names the place. */
type Check = (value: unknown, at: string) => void;

const said =
  (limit: number): Check =>
  (value, at) => {
    if (typeof value !== "string" || !/\S/.test(value)) throw invalid(at, "says nothing");
    if (value.length > limit) throw invalid(at, `has ${value.length} characters (limit ${limit})`);
  };

const share: Check = (value, at) => {
  if (typeof value !== "number" || !(value >= 0 && value <= 1))
    throw invalid(at, "is not a number from 0 to 1");
};

const list =
  (limit: number, each: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) throw invalid(at, "is not a list");
    if (value.length > limit) throw invalid(at, `has ${value.length} entries (limit ${limit})`);
    value.forEach((item, i) => {
      each(item, `${at}[${i}]`);
    });
  };

/** An object of these fields and no others; the names after `?` may be left out. */
function fields(checks: Readonly<Record<string, Check>>, optional: readonly string[] = []): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw invalid(at, "is not an object");
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(checks, name)) {
        throw new ModuleError(
          "output-field-unknown",
          `Rule Zero: ${at}.${name} is no field of an output; leave it out`,
        );
      }
    }
    for (const [name, check] of Object.entries(checks)) {
      if (optional.includes(name) && !Object.hasOwn(given, name)) continue;
      check(given[name], `${at}.${name}`);
    }
  };
}

const note: Check = (value, at) => {
  if (typeof value !== "string" || value.length > max.note)
    throw invalid(at, `is not text of at most ${max.note} characters`);
};

const claim: Check = (value, at) => {
  if (typeof value === "string") return said(max.claim)(value, at);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(at, "is neither a sentence nor a flat object");
  }
  const entries = Object.entries(value);
  if (entries.length > max.claimFields)
    throw invalid(at, `has ${entries.length} fields (limit ${max.claimFields})`);
  for (const [key, item] of entries) {
    if (!CLAIM_KEY.test(key)) throw invalid(at, "has a name that is not [a-z][a-zA-Z0-9]{0,31}");
    if (typeof item === "string" ? item.length > max.claimValue : !flat(item)) {
      throw invalid(
        `${at}.${key}`,
        `is not a finite number, a boolean, null or text of at most ${max.claimValue} characters`,
      );
    }
  }
};

const flat = (value: unknown) => value === null || typeof value === "boolean" || Number.isFinite(value);

const output = fields(
  {
    context: list(max.contextEntries, fields({ ref: said(max.ref), note }, ["note"])),
    reasoning: said(max.reasoning),
    suggestion: said(max.suggestion),
    verdict: (value, at) => {
      if (!VERDICTS.includes(value)) throw invalid(at, `is not one of ${VERDICTS.join(", ")}`);
    },
    trust: share,
    confidence: share,
    audit: list(max.claims, claim),
  },
  ["trust", "audit"],
);

/**
 * Returns the output when the host will take its form, so that an author sees the place instead of a ManualReview. The
 * host checks again, and beside the form that every `ref` came from a host call of the run.
 * @throws ModuleError `output-field-invalid`, `output-field-unknown`, naming the place
 */
export function ruleZero(value: RuleZeroOutput): RuleZeroOutput {
  output(value, "output");
  return value;
}

function invalid(at: string, problem: string): ModuleError {
  return new ModuleError("output-field-invalid", `Rule Zero: ${at} ${problem}`);
}
