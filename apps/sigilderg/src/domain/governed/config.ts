import { canonicalize, type Json } from "@sigil/canon";
import { runtimeRefusal } from "@sigil/service";
import { configRequest, type PayloadOf, ProblemError } from "@sigil/wire";
import { jsonOf } from "../records/json.ts";
import { changeReason, requireNext, wanted } from "./change.ts";
import { governed } from "./row.ts";

type Change = PayloadOf<"config.change">;

/**
 * `config.change`: settings that hold from its commit on, over file, environment and flags.
 * @throws ProblemError `setting-unknown`, `setting-fixed`, `setting-invalid`, `version-unknown`, `change-empty`
 */
export const configSettings = governed({
  action: "config.change",
  request: configRequest,
  prepare(request, { projection }, circumstances) {
    const { versions, values: present } = projection.settings;
    const values = wanted(request.values, request.revert, versions);
    requireSettable(values);
    if (canonicalize(values) === canonicalize(present))
      throw new ProblemError("change-empty", "these settings are in force");
    const content: Change = {
      version: versions.inForce.version + 1,
      values: { ...values },
      reason: changeReason(request, circumstances),
      mode: circumstances.mode,
    };
    return { kind: "config.change", stream: "system/config", loa: "Observer", content: jsonOf(content) };
  },
  requireApplicable({ content }, { projection }) {
    const { version, values } = content as unknown as Change;
    requireNext(version, projection.settings.versions);
    requireSettable(values);
  },
  views: ({ content }, { projection }) => ({
    before: projection.settings.values as Json,
    after: (content as unknown as Change).values,
  }),
});

function requireSettable(values: Readonly<Record<string, unknown>>): void {
  const why = runtimeRefusal(values);
  if (why !== undefined) throw new ProblemError(why.code, why.detail);
}
