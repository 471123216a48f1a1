/** What is done about a reason that a service gives for not being ready. */
interface Row {
  readonly remedy: string;
  /** Whether waiting helps: the reason may be gone a moment later, without anybody having done anything. */
  readonly passes: boolean;
}

const alarm = (remedy: string): Row => ({ remedy: `${remedy} (runbook: rollback alarm).`, passes: false });

const ROWS: Readonly<Record<string, Row>> = {
  "store-unwritable": {
    remedy:
      "Make room on the disk of codex_nexus.data_dir, or make it writable; it is ready again by itself (runbook: disk full).",
    passes: true,
  },
  "rollback-detected": alarm("Put the newer database back, or restore a backup"),
  "anchor-missing": alarm("Put the anchor back from a copy, or restore a backup"),
  "anchor-invalid": alarm("Put the anchor back from a copy, or restore a backup"),
};

/** The row of the first reason (`<code>: <detail>`, also as one service repeats it of another) that has one. */
function rowOf(reasons: readonly string[]): Row | undefined {
  return Object.entries(ROWS).find(([code]) => reasons.some((reason) => reason.includes(`${code}: `)))?.[1];
}

/** The remedy for these reasons; undefined when none of them is known to have one. */
export function reasonRemedy(reasons: readonly string[]): string | undefined {
  return rowOf(reasons)?.remedy;
}

/** Whether one of these reasons stays until somebody does something. */
export function staysRed(reasons: readonly string[]): boolean {
  return rowOf(reasons)?.passes === false;
}
