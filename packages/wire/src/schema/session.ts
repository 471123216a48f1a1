import { z } from "zod";
import * as a from "./atoms.ts";

const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url");

/** `POST /v1/session`: the secret goes into `X-Sigil-Session` beside the cookie, and stands nowhere else. */
export const sessionOpened = z.strictObject({ secret, expiresAt: a.timestamp });
export const sessionClosed = z.strictObject({ closed: z.literal(true) });

/** `POST /v1/session/csrf`: one token for one mutation, in `X-Sigil-CSRF`. */
export const csrfMinted = z.strictObject({ token: z.string().length(76), expiresAt: a.timestamp });
