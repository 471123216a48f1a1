import type { z } from "zod";
import type { STORE_REPORT } from "./answer/shapes.ts";

/** What the store's check of itself answers. */
export type StoreReport = z.infer<typeof STORE_REPORT>;

/** Checks a data folder; `data` undefined means the one that the configuration names. Keyless sees ciphertexts only. */
export type VerifyStore = (what: {
  readonly data?: string | undefined;
  /** A file with a checkpoint to go on from. */
  readonly from?: string | undefined;
  /** What an interrupted verification left, to go on with. */
  readonly resume?: string | undefined;
  readonly keyless: boolean;
}) => Promise<StoreReport>;
