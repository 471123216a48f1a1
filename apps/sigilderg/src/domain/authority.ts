import type { Authority } from "@sigil/wire";

export type { Authority };

/** The principal under which the control plane does what no caller asked for: batches, summaries, late outcomes. */
export const SERVICE_PRINCIPAL = "sigilderg";

/** The control plane's own reading and writing; the all-zero UUIDv7 names that no caller's decision stands behind it. */
export const SERVICE_AUTHORITY: Authority = {
  principal: SERVICE_PRINCIPAL,
  loa: "Root",
  decision: "00000000-0000-7000-8000-000000000000",
};
