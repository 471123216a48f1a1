import type { Json } from "@sigil/canon";
import { type ActionRow, checkCalibration, checkTableChange, makePolicy } from "@sigil/policy";
import { type PayloadOf, ProblemError, policyRequest } from "@sigil/wire";
import { jsonOf } from "../records/json.ts";
import { requireFits } from "../records/record-size.ts";
import { changeReason, orProblem, requireNext, wanted } from "./change.ts";
import { type Ground, governed, type Write } from "./row.ts";

type Change = PayloadOf<"policy.change">;

/**
 * `policy.change`: the whole action table from its commit on.
 * @throws ProblemError `record-too-large`, `table-…`, `model-uncalibrated`, `version-unknown`, `change-empty`
 */
export const policyTable = governed({
  action: "policy.change",
  request: policyRequest,
  prepare(request, ground, circumstances) {
    const { policies } = ground.projection;
    const brought = request.rows && { actions: request.rows, digest: "" };
    const { actions } = wanted(brought, request.revert, policies.tables);
    requireFits("policy.change", { rows: jsonOf(actions) });
    requireTable(actions, ground);
    const { digest } = makePolicy(actions, policies.inForce.model);
    if (digest === policies.inForce.digest) {
      throw new ProblemError("change-empty", `the table ${digest} is in force`);
    }
    const content: Change = {
      version: policies.tables.inForce.version + 1,
      digest,
      rows: [...actions],
      reason: changeReason(request, circumstances),
      mode: circumstances.mode,
    };
    return write(content);
  },
  requireApplicable({ content }, ground) {
    const { version, rows } = content as unknown as Change;
    requireNext(version, ground.projection.policies.tables);
    requireTable(rows, ground);
  },
  views: ({ content }, { projection }) => ({
    before: byAction(projection.policies.inForce.actions),
    after: byAction((content as unknown as Change).rows),
  }),
});

function write(content: Change): Write {
  return {
    ...{ kind: "policy.change", stream: "system/policy", loa: "Observer" },
    content: jsonOf(content),
  } as const;
}

function requireTable(rows: readonly ActionRow[], { projection }: Ground): void {
  orProblem(() => {
    checkTableChange(rows);
    checkCalibration(projection.policy.model, rows);
  });
}

/** Rows under their actions, so that a difference names the action and the column. */
function byAction(rows: readonly ActionRow[]): Json {
  return Object.fromEntries(rows.map(({ action, ...columns }) => [action, columns])) as unknown as Json;
}
