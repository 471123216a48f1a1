/** One place where a store is not what it was when it was written. */
export interface StoreFinding {
  readonly index?: number;
  readonly id?: string;
  readonly kind?: string;
  readonly check: string;
  readonly detail: string;
}

/** What the store's check of itself answers. */
export interface StoreReport {
  readonly ok: boolean;
  /** The first leaf that was looked at. */
  readonly from: number;
  /** On what grounds those below were not. */
  readonly grounds: { readonly by: "checkpoint" } | { readonly by: "resume"; readonly at: string } | null;
  readonly records: number;
  readonly size: number;
  readonly root: string;
  readonly findings: readonly StoreFinding[];
  readonly erased: readonly { readonly index: number; readonly id: string; readonly receipt: number }[];
}

/** Checks a data folder; `data` undefined means the one that the configuration names. Keyless sees ciphertexts only. */
export type VerifyStore = (what: {
  readonly data?: string | undefined;
  /** A file with a checkpoint to go on from. */
  readonly from?: string | undefined;
  /** What an interrupted verification left, to go on with. */
  readonly resume?: string | undefined;
  readonly keyless: boolean;
}) => Promise<StoreReport>;
