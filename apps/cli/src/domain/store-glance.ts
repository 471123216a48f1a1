/** What the store's own program sees of it without a key, in a moment. */
export interface StoreGlance {
  readonly problem: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  /** Whether the next start brings the database to the present layout. */
  readonly older: boolean;
  readonly size: number | null;
  /** The time of the last record. */
  readonly newest: string | null;
  readonly anchor: {
    readonly size: number | null;
    readonly alarm: { readonly code: string; readonly detail: string } | null;
  } | null;
}
