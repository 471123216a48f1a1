import type { Loa } from "@sigil/canon/portable";
import { z } from "zod";
import { LOA } from "../loa.ts";
import { SCOPE_PATTERN } from "../scope.ts";

/** The `typ` of a licence's protected header. */
export const LICENCE_TYPE = "sigil-license+jwt";

/** The one `alg`. It is compared, never used to choose code. */
export const LICENCE_ALGORITHM = "EdDSA";

/** Characters of a licence at most. */
export const LICENCE_MAX = 8_192;

/** Seconds by which two clocks of one runtime may differ when `nbf`, `iat` and `exp` are read. */
export const LICENCE_SKEW = 30;

/** 9999-12-31T23:59:59Z: beyond it a time has no RFC 3339 form. */
const LAST_SECOND = 253_402_300_799;

/** What a licence says. Times are seconds since 1970. */
export interface LicenceClaims {
  /** kid of the issuer's key. */
  iss: string;
  /** The principal. */
  sub: string;
  /** Unique; what is recorded and revoked. */
  jti: string;
  /** Rises with every licence of the principal; an older one is superseded. */
  serial: number;
  iat: number;
  nbf: number;
  exp: number;
  owner: { id: string; name: string };
  loa: Loa;
  /** Action patterns: `*`, `memory.*`, `memory.write`. An empty list covers nothing. */
  scope: string[];
  /** The one runtime where it is worth something, and the hash of that runtime's genesis record. */
  bindings: { runtimeId: string; canonFingerprint: string };
  /** RFC 9449 confirmation: worth something only with an envelope signed by the key of this thumbprint. */
  cnf?: { jkt: string };
}

const seconds = z.int().min(0).max(LAST_SECOND);
const shown = (max: number) => z.string().min(1).max(max);

/** The strict schema of the claims: an unknown claim is refused, because a claim that is not understood cannot be kept. */
export const licenceClaims: z.ZodType<LicenceClaims> = z
  .strictObject({
    iss: shown(128),
    sub: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "[a-z0-9][a-z0-9._-]{0,63}"),
    jti: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"),
    serial: z.int().min(0),
    iat: seconds,
    nbf: seconds,
    exp: seconds,
    owner: z.strictObject({ id: shown(128), name: shown(256) }),
    loa: z.enum(LOA as readonly [Loa, ...Loa[]]),
    scope: z.array(z.string().regex(SCOPE_PATTERN, "*, object.* or object.verb")).max(64),
    bindings: z.strictObject({
      runtimeId: shown(128),
      canonFingerprint: z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256:<64 hex digits>"),
    }),
    cnf: z
      .strictObject({ jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "an RFC 7638 thumbprint") })
      .exactOptional(),
  })
  .refine(({ nbf, exp }) => nbf < exp, { path: ["exp"], message: "a licence must end after it begins" });
