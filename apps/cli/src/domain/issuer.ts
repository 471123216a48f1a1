import type { LicenceClaims } from "@sigil/policy";

/** The sealed issuer key of a home, opened for as long as one licence takes. */
export interface IssuerDesk {
  readonly kid: string;
  readonly bindings: LicenceClaims["bindings"];
  /** A compact JWS over the claims. */
  readonly sign: (claims: LicenceClaims) => Promise<string>;
}
