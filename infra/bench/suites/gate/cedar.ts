import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { ACTIONS, type ActionRow, isLoa, rankLoa } from "@sigil/policy";
import type { Question } from "./questions.ts";

const SET = "sigil";

/** A permit per licensed row: level, scope, trust and quorum as Sigil's table has them. */
function permit(row: ActionRow): string {
  if (!isLoa(row.least)) return "";
  const object = row.action.slice(0, row.action.indexOf("."));
  const holds = [
    `context.level >= ${rankLoa(row.least)}`,
    `(context.scope.contains("*") || context.scope.contains("${object}.*") || context.scope.contains("${row.action}"))`,
    ...(row.trust === null ? [] : [`context.score >= ${Math.round(row.trust * 1e6)}`]),
    ...(row.witness ? ["context.witness"] : []),
    ...([1, 2, "majority"].includes(row.quorum) ? [`context.mode == "solo"`] : []),
  ];
  return `permit(principal, action == Action::"${row.action}", resource) when { ${holds.join(" && ")} };`;
}

/**
 * Sigil's table as Cedar policies, parsed once. Cedar cannot compute the trust score, so it is told it (in millionths): it
 * is given less to do, and gives no reasons in words.
 */
export function cedarOfTheTable(): (question: Question, score: number) => boolean {
  const parsed = preparsePolicySet(SET, { staticPolicies: ACTIONS.map(permit).join("\n") });
  if (parsed.type !== "success")
    throw new Error(`Cedar does not parse the policies: ${JSON.stringify(parsed)}`);
  return ({ action, caller, facts }, score) => {
    const answer = statefulIsAuthorized({
      principal: { type: "Principal", id: caller.principal },
      action: { type: "Action", id: action },
      resource: { type: "Runtime", id: "here" },
      context: {
        level: rankLoa(caller.loa),
        scope: [...(caller.licence?.scope ?? [])],
        score: Math.round(score * 1e6),
        witness: facts.witness ?? false,
        mode: facts.mode,
      },
      preparsedPolicySetId: SET,
      entities: [],
    });
    if (answer.type !== "success") throw new Error(`Cedar does not answer: ${JSON.stringify(answer)}`);
    return answer.response.decision === "allow";
  };
}
