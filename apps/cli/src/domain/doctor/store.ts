import { bytes } from "../table.ts";
import type { Facts } from "./facts.ts";
import { type Finding, finding, sound } from "./findings.ts";

// What is kept, where it is kept, and the clock that dates it.

const EPOCH = Date.parse("2025-01-01T00:00:00Z");
/** What a busy store and its logs may need before somebody looks. */
export const LEAST_FREE = 256 * 1024 * 1024;
const CLOCK_MS = 60_000;

/** Codes of the store's own program that have a finding of their own; every other one means that it cannot be read. */
const OWN = { "store-missing": "store-missing", "store-newer": "store-newer" } as const;

export function store({ store: seen, state, anchor }: Facts): Finding[] {
  if (state === "fresh") return [];
  if ("unknown" in seen)
    return [
      finding(
        "store-not-examined",
        `the store was not looked at: ${seen.unknown.message}`,
        seen.unknown.remedy,
      ),
    ];
  const { problem } = seen;
  return [
    problem !== null
      ? problem.code.startsWith("anchor-")
        ? finding("anchor-invalid", problem.message, problem.remedy)
        : finding(
            OWN[problem.code as keyof typeof OWN] ?? "store-unreadable",
            problem.message,
            problem.code === "store-missing"
              ? "Restore data/ from a backup; keys alone bring nothing back."
              : problem.remedy,
          )
      : seen.older
        ? finding(
            "store-older",
            "an older version of Sigil wrote the database",
            "The next start brings it to the present layout; make a backup first: sigil store backup <file>",
          )
        : sound("store-found", `a log of ${seen.size} records`),
    ...anchorLines(seen, anchor),
    ...(anchor.inData
      ? [
          finding(
            "anchor-in-data",
            "the anchor lies inside the data folder and would be rolled back with it",
            "Set codex_nexus.anchor_path to a place outside codex_nexus.data_dir.",
          ),
        ]
      : []),
  ];
}

type Seen = Exclude<Facts["store"], { readonly unknown: unknown }>;

function anchorLines({ anchor: known, size }: Seen, { path }: Facts["anchor"]): Finding[] {
  if (known === null) return [];
  const { alarm } = known;
  if (alarm === null)
    return known.size === size
      ? [sound("anchor-level", `${path}, at ${size} records as the store is`)]
      : [
          finding(
            "anchor-behind",
            `${path} is at ${known.size} records, the store at ${size}: what came between could be rolled back unnoticed`,
            "The next start brings it forward, after it has held one against the other.",
          ),
        ];
  const restored = "Put the newer database back, or restore a backup (runbook: rollback alarm).";
  if (alarm.code === "anchor-missing")
    return [
      finding(
        "anchor-missing",
        `${path} is missing: a rolled-back store would not be noticed, so the store opens read-only`,
        "Restore the anchor from a copy that is as new as the store (runbook: rollback alarm).",
      ),
    ];
  return [
    finding(alarm.code === "rollback-detected" ? "anchor-ahead" : "anchor-invalid", alarm.detail, restored),
  ];
}

export function quorum({ quorum: mode, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  if (mode === "solo")
    return [
      finding(
        "quorum-solo",
        "mode solo: one person runs this installation, and no change waits for witnesses",
        "As it should be for one person; every such write is marked solo.",
      ),
    ];
  return mode === null
    ? [
        finding(
          "trust-unreadable",
          "trust.json cannot be read, so nobody can say whether changes need witnesses",
          "Restore it from a copy, or print it again where the runtime is: sigil canon trust",
        ),
      ]
    : [
        sound(
          "quorum-entered",
          "mode quorum: what governs changes only when witnesses agree (`sigil witness list`)",
        ),
      ];
}

export function disk({ freeBytes, leastFree }: Facts): Finding[] {
  if (freeBytes === null)
    return [
      finding(
        "disk-unknown",
        "free space cannot be read",
        "Check it yourself; a store that cannot write refuses every durable action.",
      ),
    ];
  return freeBytes < leastFree
    ? [
        finding(
          "disk-low",
          `${bytes(freeBytes)} free, less than ${bytes(leastFree)}`,
          "Make room on the disk of the home: a store that cannot write refuses every durable action (runbook: disk full).",
        ),
      ]
    : [sound("disk-room", `${bytes(freeBytes)} free`)];
}

export function clock({ clock: { now, newest }, store: seen }: Facts): Finding[] {
  const at = Date.parse(now);
  if (at < EPOCH)
    return [
      finding(
        "clock-wrong",
        `the clock says ${now}, which is before Sigil was made`,
        "Set the clock; licences and envelopes are refused otherwise.",
      ),
    ];
  const recorded = "unknown" in seen ? null : seen.newest;
  const [what, latest] =
    recorded !== null ? ["last record of the store", recorded] : ["newest file of the home", newest];
  const behind = latest === null ? 0 : Date.parse(latest) - at;
  return behind > CLOCK_MS
    ? [
        finding(
          "clock-behind",
          `the clock is ${Math.round(behind / 1000)} s behind the ${what}`,
          "Set the clock (NTP); records are refused when it is off by more than 300 s.",
        ),
      ]
    : [sound("clock-plausible", now)];
}
