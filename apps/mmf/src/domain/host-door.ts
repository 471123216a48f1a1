import type { Json } from "@sigil/canon";

/** What SigilDERG answered. `message` is safe to show to a module: a sentence of the problem table. */
export type HostAnswer = { ok: true; result: Json } | { ok: false; code: string; message: string };

/** The way from a run to SigilDERG, which decides each call under the run's grant. Never rejects. */
export interface HostDoor {
  call(
    method: string,
    body: { run: string; seq: number; args: Json },
    grant: string,
    signal?: AbortSignal,
  ): Promise<HostAnswer>;
}
