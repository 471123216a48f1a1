/** A record by what names it for ever. */
export interface Placed {
  readonly id: string;
  readonly hash: string;
  readonly index: number;
}
