import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "./file.ts";

export type Severity = "info" | "warning" | "error";

/** What one rule found at one place. */
export interface Match {
  readonly at: SyntaxNode;
  /** One sentence about this very place; the rule's `why` follows it. */
  readonly detail: string;
  /** Overrides the rule's own remedy where this place has a better one. */
  readonly fix?: string;
  /** Shown instead of the source text, where that text must not be repeated. */
  readonly snippet?: string;
}

/** One thing that the reviewer knows how to see. The guidance it cites is canon entry `rust/<id>`. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** What is matched, in one sentence; the README's table shows it. */
  readonly matches: string;
  readonly why: string;
  readonly fix: string;
  /** `skip`: code compiled for tests only is left alone. */
  readonly tests: "skip" | "check";
  /** Names of the syntax nodes that `check` is called with. */
  readonly on: readonly string[];
  check(node: SyntaxNode, file: RustFile): Match | null;
}
