import type { RequestInputOf } from "@sigil/wire";

/** The issuer keys of a home while one takes the place of another. */
export interface IssuerVault {
  /** The key that licences are signed with. */
  readonly kid: string;
  /**
   * Draws the next key and writes it, sealed, beside the present one, which signs it over; a next key that an interrupted
   * rotation left is taken again.
   */
  readonly next: () => RequestInputOf<"sigilderg POST /v1/issuers">;
  /** Puts the next key in the place of the present one, and pins it from the leaf after its record on. */
  readonly settle: (kid: string, index: number) => void;
  /** Writes into the trust file that an issuer ended with this leaf. */
  readonly ended: (kid: string, index: number) => void;
}
