import type { Json, JsonObject, Proposal } from "@sigil/canon";
import { ACTIONS, type ActionRow, actionRowSchema, makePolicy, TRUST_MODEL } from "@sigil/policy";
import { type Change, changesBetween } from "@sigil/wire";
import { z } from "zod";

/** What a proposal would write, told to whoever is to agree to it. Made on this machine, of what is signed. */
export interface Account {
  /** In a few words. */
  readonly headline: string;
  /** Every field of the record, as pointer and value; empty where `table` tells it shorter and whole. */
  readonly fields: readonly (readonly [pointer: string, value: Json])[];
  /** Of an action table: every place that differs from the one in force, and from the one that this command was built with. */
  readonly table: { readonly inForce: readonly Change[] | null; readonly builtIn: readonly Change[] } | null;
}

/** The account of a proposal. `inForce` is the action table that decides now, where it is known. */
export function accountOf({ entry, content }: Proposal, inForce: readonly ActionRow[] | null): Account {
  const headline = HEADLINES[entry.kind]?.(content as Told) ?? `a record of kind ${entry.kind}`;
  const rows = entry.kind === "policy.change" ? wholeTable(content) : undefined;
  if (rows === undefined) return { headline, fields: leaves("", content), table: null };
  const against = (before: readonly ActionRow[]) =>
    changesBetween(byAction(before), byAction(rows), Number.POSITIVE_INFINITY).changes;
  const { rows: _told, ...rest } = content;
  return {
    headline,
    fields: leaves("", rest),
    table: { inForce: inForce === null ? null : against(inForce), builtIn: against(ACTIONS) },
  };
}

/** The rows, if they are a table and the digest beside them is theirs: only then the difference says everything. */
function wholeTable(content: JsonObject): readonly ActionRow[] | undefined {
  const rows = z.array(actionRowSchema).safeParse(content.rows);
  if (!rows.success) return undefined;
  try {
    const actions = rows.data as ActionRow[];
    return makePolicy(actions, TRUST_MODEL).digest === content.digest ? actions : undefined;
  } catch {
    return undefined;
  }
}

function byAction(rows: readonly ActionRow[]): Json {
  return Object.fromEntries(rows.map(({ action, ...columns }) => [action, columns])) as unknown as Json;
}

/** Every value that holds no other, in the order of the text. */
function leaves(path: string, value: Json): (readonly [string, Json])[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, value]];
  return entries.flatMap(([key, each]) =>
    leaves(`${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, each),
  );
}

/** A payload of which anything may be missing: what is told here is for reading, and decides nothing. */
type Told = { readonly [key: string]: Json | undefined } & {
  readonly witness?: { readonly statement?: { readonly [key: string]: Json } };
  readonly statement?: { readonly kid?: string };
  readonly model?: { readonly id?: string };
};

const HEADLINES: Readonly<Record<string, (content: Told) => string>> = {
  "policy.change": ({ version }) => `another action table: version ${version}`,
  "trust-model.change": ({ version, model }) =>
    `other weights of trust: model ${model?.id}, version ${version}`,
  "config.change": ({ version }) => `other settings: version ${version}`,
  "log.policy": () => "who cosigns the log's checkpoints",
  "module.change": ({ change, id, digest }) => `${change} module ${id}, ${digest}`,
  "system.lockdown": () => "the lockdown ends",
  "record.erased": ({ principal }) => `everything of ${principal} is erased for good`,
  "license.issue": ({ sub, loa, exp }) =>
    `a licence of level ${loa} for ${sub}, until ${new Date(Number(exp) * 1000).toISOString()}`,
  "client-key.change": ({ change, principal, kid }) => `${change} client key ${kid} of ${principal}`,
  "publisher.change": ({ change, name, kid }) =>
    change === "add"
      ? `modules of ${name} may run, whose key is ${kid}`
      : `no module of ${kid} runs any more`,
  "issuer.change": ({ change, kid, statement }) => `${change} issuer key ${kid ?? statement?.kid}`,
  "witness.change": ({ change, id, witness, old }) => {
    const { statement } = witness ?? {};
    if (change === "add")
      return `witness ${statement?.id} (${statement?.principal}) joins with key ${statement?.kid}`;
    if (change === "revoke") return `witness ${id} is revoked for good`;
    const lost = old === null ? "; the old key did not sign: it is said to be lost" : "";
    return `witness ${statement?.id} gets the key ${statement?.kid}${lost}`;
  },
};
