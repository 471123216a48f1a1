// The record that the suites measure with: a note of an agent, 1 KB of canonical JSON.
import type { RecordDraft } from "@sigil/canon";

export function sampleDraft(n: number): RecordDraft {
  return {
    id: `01930000-0000-7000-8000-${String(n).padStart(12, "0")}`,
    kind: "memory.block",
    space: "user",
    stream: "memory/alice",
    loa: "Observer",
    author: { principal: "alice", loa: "Operator", module: "notes", run: "run-1", decision: "decision-1" },
    links: [
      { label: "decision", target: `sha256:${"a".repeat(64)}` },
      { label: "parent", target: `sha256:${"b".repeat(64)}` },
    ],
    salt: "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI",
    payload: {
      type: "semantic",
      text: "A note of the length that an agent keeps: what was decided, why, and what is still open. ".repeat(
        3,
      ),
      tags: ["project", "decision", "open"],
      visibility: "private",
      confidence: 0.875,
      position: { line: 41, column: 7 },
    },
  };
}
