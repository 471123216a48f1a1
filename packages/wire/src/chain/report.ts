/** The checks of a chain in their order: what it says of itself, then what it cites, then what follows from it. */
export const CHAIN_STEPS = [
  "frame",
  "input",
  "calls",
  "output",
  "context",
  "provenance",
  "rule-zero",
  "parents",
  "decision",
  "outcome",
] as const;
export type ChainStepName = (typeof CHAIN_STEPS)[number];

/** One check of a chain. `absent`: what it needs is not there, because it was erased or is not the reader's to have. */
export interface ChainStep {
  readonly name: ChainStepName;
  readonly state: "holds" | "absent" | "fails";
  /** A sentence for a person; holds no text of a record. */
  readonly detail: string;
}

/** What was found of one chain. */
export interface ChainReport {
  readonly run: string;
  /** Id and hash of the `chain.frozen` record. */
  readonly record: string;
  readonly hash: string;
  /** `holds`: everything that it cites is there and is what it says; `incomplete`: what is there is. */
  readonly verdict: "holds" | "incomplete" | "refused";
  /** The first step that fails; absent unless the chain is refused. */
  readonly failed?: ChainStepName;
  readonly steps: readonly ChainStep[];
}
