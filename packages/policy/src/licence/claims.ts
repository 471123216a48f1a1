import { z } from "zod";
import type { Loa } from "../loa.ts";

/** What a licence says. Times are seconds since the epoch (RFC 7519 section 2, NumericDate). */
export interface LicenceClaims {
  readonly iss: string;
  /** The principal. */
  readonly sub: string;
  readonly jti: string;
  /** Rises with each licence of a principal; a lower one than the highest seen is superseded. */
  readonly serial: number;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly owner: { readonly id: string; readonly name: string };
  readonly loa: Loa;
  /** Patterns of actions, see scopeAllows. */
  readonly scope: readonly string[];
  readonly bindings: {
    readonly runtimeId: string /** Hash of the genesis record. */;
    readonly canonFingerprint: string;
  };
  /** Thumbprint (RFC 7638) of the key that must prove possession. */
  readonly cnf?: { readonly jkt: string };
}

const IDENTIFIER = /^[a-z0-9][a-z0-9._/-]{0,127}$/;
const seconds = z.int().min(0).max(253_402_300_799);

/** Strict: an unknown claim is a refusal. The level is checked apart, so that an unknown one has its own name. */
export const licenceClaims = z.strictObject({
  iss: z.string().min(1).max(128),
  sub: z.string().regex(IDENTIFIER),
  jti: z.string().min(1).max(64),
  serial: z.int().min(0),
  iat: seconds,
  nbf: seconds,
  exp: seconds,
  owner: z.strictObject({ id: z.string().max(128), name: z.string().max(256) }),
  loa: z.string().max(32),
  scope: z.array(z.string().regex(/^(\*|[a-z][a-z-]*\.(\*|[a-z][a-z-]*))$/)).max(64),
  bindings: z.strictObject({
    runtimeId: z.string().min(1).max(128),
    canonFingerprint: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  }),
  cnf: z.strictObject({ jkt: z.string().length(43) }).optional(),
});
