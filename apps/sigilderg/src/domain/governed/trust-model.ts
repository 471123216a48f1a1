import type { Json } from "@sigil/canon";
import { checkCalibration, checkModel, type TrustModel } from "@sigil/policy";
import { type PayloadOf, ProblemError, trustModelRequest } from "@sigil/wire";
import { jsonOf } from "../records/json.ts";
import { changeReason, orProblem, requireNext, wanted } from "./change.ts";
import { type Ground, governed } from "./row.ts";

type Change = PayloadOf<"trust-model.change">;

/**
 * `trust-model.change`: the weights of trust from its commit on.
 * @throws ProblemError `model-invalid`, `model-uncalibrated`, `model-known`, `version-unknown`, `change-empty`
 */
export const trustWeights = governed({
  action: "trust-model.change",
  request: trustModelRequest,
  prepare(request, ground, circumstances) {
    const { policies } = ground.projection;
    const model = wanted(request.model, request.revert, policies.models);
    requireModel(model, ground);
    if (model.id === policies.inForce.model.id) {
      throw new ProblemError("change-empty", `the model ${model.id} is in force`);
    }
    const content: Change = {
      version: policies.models.inForce.version + 1,
      model,
      reason: changeReason(request, circumstances),
      mode: circumstances.mode,
    };
    return {
      kind: "trust-model.change",
      stream: "system/trust-model",
      loa: "Observer",
      content: jsonOf(content),
    };
  },
  requireApplicable({ content }, ground) {
    const { version, model } = content as unknown as Change;
    requireNext(version, ground.projection.policies.models);
    requireModel(model, ground);
  },
  views: ({ content }, { projection }) => ({
    before: projection.policy.model as unknown as Json,
    after: (content as unknown as Change).model as unknown as Json,
  }),
});

function requireModel(model: TrustModel, { projection }: Ground): void {
  const { policies } = projection;
  orProblem(() => {
    checkModel(model);
    checkCalibration(model, policies.inForce.actions);
  });
  const other = policies.otherOfId(model);
  if (other === undefined) return;
  throw new ProblemError("model-known", `version ${other} has the id ${model.id} and other weights`);
}
