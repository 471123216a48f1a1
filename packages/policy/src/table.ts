import { canonicalBytes } from "@sigil/canon/portable";
import { sha256, toHex } from "@sigil/crypto/portable";
import { ACTIONS, type ActionRow } from "./actions.ts";
import { PolicyError } from "./error.ts";
import { LOA } from "./loa.ts";

const NAME = /^[a-z][a-z-]*\.[a-z][a-z-]*$/;
const LEAST: ReadonlySet<string> = new Set(["none", "service", ...LOA]);

/**
 * Checks a table whole: names of the form `noun.verb`, each once, thresholds and risks in 0…1, a level wherever a decision
 * about a caller is recorded, and no quorum below Root.
 * @throws PolicyError `table-invalid` naming the row
 */
export function checkTable(rows: readonly ActionRow[]): ReadonlyMap<string, ActionRow> {
  const table = new Map<string, ActionRow>();
  const invalid = (row: ActionRow, problem: string): never => {
    throw new PolicyError("table-invalid", `row "${row.action}": ${problem}`);
  };
  for (const row of rows) {
    if (!NAME.test(row.action)) invalid(row, "a name is noun.verb in lower case");
    if (table.has(row.action)) invalid(row, "stands twice");
    if (!LEAST.has(row.least)) invalid(row, `least level "${row.least}" is unknown`);
    if (row.trust !== null && !(row.trust >= 0 && row.trust <= 1))
      invalid(row, `trust ${row.trust} is outside 0…1`);
    if (!(row.risk >= 0 && row.risk <= 1)) invalid(row, `risk ${row.risk} is outside 0…1`);
    if ((row.least === "none" || row.least === "service") && row.trust !== null)
      invalid(row, "trust needs a caller with a level");
    if (row.quorum !== "none" && row.least !== "Root") invalid(row, "a quorum guards Root actions only");
    table.set(row.action, row);
  }
  return table;
}

const TABLE = checkTable(ACTIONS);

/** The one row of an action. @throws PolicyError `action-unknown` */
export function actionRow(action: string): ActionRow {
  const row = TABLE.get(action);
  if (!row)
    throw new PolicyError(
      "action-unknown",
      `"${action}" has no row in the action table; add one in packages/policy/src/actions.ts`,
    );
  return row;
}

/** `sha256:<hex>` of the RFC 8785 form of a table: what every decision cites as its policy. */
export const digestTable = (rows: readonly ActionRow[]): string =>
  `sha256:${toHex(sha256(canonicalBytes(rows.map((row) => ({ ...row })))))}`;

let digest: string | undefined;

/** Digest of the table in force. */
export function policyDigest(): string {
  digest ??= digestTable(ACTIONS);
  return digest;
}
