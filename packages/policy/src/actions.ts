import type { Loa } from "./loa.ts";

/** Who may ask at all: a level, nobody in particular, or only another Sigil service. */
export type Least = Loa | "none" | "service";
/** What is kept of the decision. `with-run`: in the records of the run that asked. */
export type Recorded = "none" | "metrics" | "batched" | "durable" | "with-run";
/**
 * Witnesses that a write needs in quorum mode: a number, the majority of the active ones (at least 2), what the proposal
 * says, or `local`: an operator's act on the machine itself.
 */
export type Quorum = "none" | "local" | 1 | 2 | "majority" | "proposal";

export interface ActionRow {
  readonly action: string;
  readonly least: Least;
  /** Trust score that the action needs, 0 to 1; null where trust has no say. */
  readonly trust: number | null;
  readonly recorded: Recorded;
  readonly quorum: Quorum;
  /** What the action can damage, 0 to 1: the feature `risk` of the trust model. */
  readonly risk: number;
}

type Group = readonly [
  actions: string,
  least: Least,
  trust: number | null,
  recorded: Recorded,
  quorum: Quorum,
  risk: number,
];

/** THE table. One line per class of actions that share every column; each action becomes a row of its own. */
const GROUPS: readonly Group[] = [
  ["local.run", "none", null, "none", "none", 0],
  ["health.read static.read log.read instance.challenge", "none", null, "metrics", "none", 0],
  ["store.append store.read store.prove run.execute host.call", "service", null, "none", "none", 0],
  ["license.validate session.open session.close csrf.mint", "Guest", null, "batched", "none", 0],
  ["trust.check trust.read module.list", "Guest", 0, "batched", "none", 0],
  [
    "memory.read memory.search rag.read rag.search canon.read chain.read run.read",
    "Observer",
    0.2,
    "batched",
    "none",
    0.1,
  ],
  [
    "decision.read decision.explain audit.read witness.read proposal.read",
    "Observer",
    0.2,
    "batched",
    "none",
    0.1,
  ],
  ["license.read policy.read config.read metrics.read", "Observer", 0.2, "batched", "none", 0.1],
  ["memory.write memory.forget canon.write canon.forget run.forget", "Operator", 0.5, "durable", "none", 0.3],
  ["rag.ingest rag.forget", "Operator", 0.5, "durable", "none", 0.3],
  ["module.run run.cancel run.replay", "Operator", 0.4, "durable", "none", 0.4],
  ["llm.complete interaction.log audit.emit", "Operator", 0.4, "with-run", "none", 0.2],
  ["review.read review.decide memory.read-private run.read-private", "Mentor", 0.6, "durable", "none", 0.4],
  ["proposal.create proposal.withdraw proposal.attest", "Mentor", 0.6, "durable", "none", 0.4],
  ["memory.export canon.export trust.fit", "Mentor", 0.7, "durable", "none", 0.4],
  ["proposal.commit", "Root", 0.7, "durable", "proposal", 0.5],
  ["license.issue", "Root", 0.7, "durable", 1, 0.5],
  ["license.revoke lockdown.enter", "Root", 0.7, "durable", "none", 0.5],
  ["record.erase", "Root", 0.7, "durable", 1, 0.6],
  ["module.register module.revoke", "Root", 0.7, "durable", 2, 0.6],
  ["witness.add witness.rotate witness.revoke", "Root", 0.7, "durable", "majority", 0.6],
  [
    "policy.change trust-model.change config.change lockdown.leave log-policy.change",
    "Root",
    0.8,
    "durable",
    "majority",
    0.7,
  ],
  [
    "issuer.change publisher.change client-key.change module.reinstate",
    "Root",
    0.8,
    "durable",
    "majority",
    0.7,
  ],
  [
    "key.rotate store.backup store.restore store.migrate selftest.run quorum.enter",
    "Root",
    0.8,
    "durable",
    "local",
    0.7,
  ],
];

export const ACTIONS: readonly ActionRow[] = GROUPS.flatMap(
  ([actions, least, trust, recorded, quorum, risk]) =>
    actions
      .split(" ")
      .map((action): ActionRow => Object.freeze({ action, least, trust, recorded, quorum, risk })),
);
