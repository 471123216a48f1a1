import type { Json } from "@sigil/canon";
import type { Change, ProposalDetail, ProposalSummary } from "@sigil/wire";
import type { Account } from "../quorum/account.ts";
import type { CheckedProposal } from "../quorum/proposal.ts";
import { type Style, visible } from "../style.ts";
import { table } from "../table.ts";

type State = ProposalSummary["state"];
/** How far a proposal is: what every answer about one says. */
export type Standing = Pick<ProposalSummary, "state" | "have" | "need" | "missing">;

/** The final states, and what each means for whoever wanted it. */
const ENDS: Partial<Record<State, string>> = {
  committed: "it is done, and nothing more is to be decided",
  rejected: "so many said no that it cannot be reached any more; propose again if it is still wanted",
  expired: "its time is over; propose again, with more time: --expires",
  withdrawn: "whoever proposed it took it back",
  stale: "what it would change was changed meanwhile; look at what is in force, and propose again",
};

export function isFinal(state: State): boolean {
  return Object.hasOwn(ENDS, state);
}

export function stateWord(state: State, style: Style): string {
  if (state === "committed" || state === "approved") return style.good(state);
  return (state === "open" ? style.warn : style.bad)(state);
}

/** `1 of 2 approvals; w-bea, w-cid may still vote`. */
export function standingText({ have, need, missing }: Omit<Standing, "state">): string {
  if (need === 0) return "needs nobody else";
  const open = missing.length === 0 ? "nobody is left who may vote" : `${missing.join(", ")} may still vote`;
  return `${have} of ${need} approvals; ${open}`;
}

/** What comes next, and the command for it. */
export function nextLines(id: string, { state, need, have }: Standing, style: Style): string[] {
  if (state === "approved") return [`Next, a Root: ${style.bold(`sigil proposal commit ${id}`)}`];
  if (state !== "open") return [`${state}: ${ENDS[state]}.`];
  const more = need - have;
  return [
    `Nothing has changed yet: ${more} more ${more === 1 ? "witness has" : "witnesses have"} to agree. Each of them:`,
    `  ${style.bold(`sigil proposal attest ${id} --key <their key file>`)}`,
    style.dim(`Without a runtime at hand: sigil proposal export ${id} --out request.json`),
  ];
}

const SECONDS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
] as const;

/** How long from `now` to a later moment, in the two largest units. */
export function until(moment: string, now: Date): string {
  let left = Math.floor((Date.parse(moment) - now.getTime()) / 1000);
  if (left <= 0) return "over";
  const parts: string[] = [];
  for (const [seconds, unit] of SECONDS) {
    const count = Math.floor(left / seconds);
    if (count > 0 || (unit === "min" && parts.length === 0)) parts.push(`${count} ${unit}`);
    left -= count * seconds;
  }
  return `in ${parts.slice(0, 2).join(" ")}`;
}

/** One proposal in a list. */
export function summaryRow(summary: ProposalSummary, now: Date, style: Style): string[] {
  const { id, action, proposer, reason, expiresAt, state } = summary;
  const waiting = state === "open" || state === "approved";
  return [
    stateWord(state, style),
    id,
    action,
    summary.need === 0 ? "–" : `${summary.have} of ${summary.need}`,
    waiting ? `ends ${until(expiresAt, now)}` : "",
    proposer,
    visible(shortened(reason)),
  ];
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

/** A proposal whole: what it asks for, what would change, who voted how, and what comes next. */
export function proposalLines(checked: CheckedProposal, now: Date, style: Style): string[] {
  const { detail, proposal } = checked;
  const { votes, approvedToday } = detail;
  return [
    `${style.bold(proposal.action)}  ${stateWord(detail.state, style)}  ${proposal.id}`,
    ...signedLines(checked, now, style),
    ...changeLines(checked, style),
    "",
    ...voteLines(votes, style),
    ...todayLines(approvedToday),
    ...nextLines(proposal.id, detail, style),
  ];
}

/** Who wants what, why and until when. */
export function signedLines(
  { proposal, digest, account }: Pick<CheckedProposal, "proposal" | "digest" | "account">,
  now: Date,
  style: Style,
): string[] {
  const { proposer, reason, createdAt, expiresAt, entry, requiredK, eligible, runtimeId } = proposal;
  return table(
    [
      ["what", visible(account.headline)],
      ["why", visible(reason)],
      ["proposed by", `${proposer} at ${createdAt}`],
      ["ends", `${expiresAt} (${until(expiresAt, now)})`],
      ["needs", requiredK === 0 ? "nobody else (solo mode)" : `${requiredK} of ${eligible.join(", ")}`],
      [
        "writes",
        `${entry.kind} into ${entry.stream} of runtime ${runtimeId}, read from level ${entry.loa} on`,
      ],
      ["digest", `${digest} ${style.dim("computed here, of all that is shown")}`],
    ],
    "  ",
  );
}

/** Everything that would be written, or for an action table every place that would be another. */
export function changeLines(
  { account, detail }: { readonly account: Account; readonly detail?: ProposalDetail },
  style: Style,
): string[] {
  const { fields, table: of } = account;
  const record = ["", "The record that it writes", ...fieldLines(fields)];
  if (of === null) return [...record, ...saidLines(detail, style)];
  const same = of.inForce !== null && JSON.stringify(of.inForce) === JSON.stringify(of.builtIn);
  return [
    ...record,
    ...(of.inForce === null
      ? []
      : [
          "",
          `Against the table in force, ${places(of.inForce)}; every other column stays`,
          ...differenceLines(of.inForce, style),
        ]),
    ...(same
      ? []
      : [
          "",
          `Against the table that this command was built with, ${places(of.builtIn)}`,
          ...differenceLines(of.builtIn, style),
        ]),
  ];
}

/** What the runtime says would be different, which nobody signs. */
function saidLines(detail: ProposalDetail | undefined, style: Style): string[] {
  // Where there was nothing, all of it is new, and stands there already.
  if (detail === undefined || detail.changes.every(({ op }) => op === "add")) return [];
  const more = detail.cut ? [style.dim("  and more than are shown")] : [];
  return [
    "",
    `Against what is in force, as the runtime says, ${places(detail.changes)}`,
    ...differenceLines(detail.changes, style),
    ...more,
  ];
}

const places = ({ length }: readonly unknown[]): string =>
  length === 0 ? "nothing is different" : `${length} ${length === 1 ? "place" : "places"}`;

function fieldLines(fields: Account["fields"]): string[] {
  return table(
    fields.map(([pointer, value]) => [visible(pointer.slice(1)), valueText(value)]),
    "  ",
  );
}

const MARKS = {
  add: ["+", (style: Style) => style.good],
  remove: ["-", (style: Style) => style.bad],
  replace: ["~", (style: Style) => style.warn],
} as const;

/** `~ memory.write/least  "Operator" → "Mentor"`. */
export function differenceLines(changes: readonly Change[], style: Style): string[] {
  return table(
    changes.map(({ op, path, before, after }) => {
      const [mark, colour] = MARKS[op];
      const sides = { add: [after], remove: [before], replace: [before, after] }[op];
      return [
        colour(style)(`${mark} ${visible(path.slice(1).replaceAll("~1", "/")) || "all of it"}`),
        sides.map((side) => valueText(side as Json)).join(" → "),
      ];
    }),
    "  ",
  );
}

function valueText(value: Json): string {
  return visible(JSON.stringify(value));
}

function voteLines(votes: ProposalDetail["votes"], style: Style): string[] {
  if (votes.length === 0) return ["Nobody has voted yet."];
  return [
    "Votes",
    ...table(
      votes.map(({ vote: { attestation }, principal, ts, counts, why, reason }) => [
        (attestation.verdict === "approve" ? style.good : style.bad)(attestation.verdict),
        `${attestation.witness} (${principal})`,
        ts,
        counts ? "" : style.warn(`does not count: ${why ?? "no more"}`),
        visible(reason),
      ]),
      "  ",
    ),
  ];
}

/** What the same witness has agreed to today: who says yes all day looks at none. */
export function todayLines(today: ProposalDetail["approvedToday"]): string[] {
  if (today === null) return [];
  if (today.count === 0) return ["You have approved nothing else today."];
  const counts = new Map<string, number>();
  for (const { action } of today.latest) counts.set(action, (counts.get(action) ?? 0) + 1);
  const said = [...counts].map(([action, count]) => (count === 1 ? action : `${count} × ${action}`));
  return [`You have approved ${today.count} today: ${said.join(", ")}.`];
}
