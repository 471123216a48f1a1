/** What a harness did and what it saw. No problem means that every promise held in every round. */
export interface HarnessReport {
  readonly harness: string;
  readonly rounds: number;
  /** What was counted, for a reader who asks whether the run could have failed. */
  readonly counts: Readonly<Record<string, number>>;
  /** Each as a sentence that says how to repeat it. */
  readonly problems: readonly string[];
}

/** Where a harness tells how far it is. */
export type Progress = (line: string) => void;
