import type { KeyUse } from "../sealed-key.ts";

/** The key with which a publisher signs packages. Whoever installs one pins its public half. */
export const PUBLISHER: KeyUse = {
  purpose: "publisher",
  madeBy: "sigil module key",
  lost: "draw another with `sigil module key`, and have those who pinned the old one pin it",
};
