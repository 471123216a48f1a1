import { PolicyError } from "@sigil/policy";
import type { Admission } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import { presentedLicence } from "./domain/credentials/caller.ts";
import { CredentialError } from "./domain/credentials/credential-error.ts";
import type { Sessions } from "./domain/credentials/sessions.ts";

/** The licence that a request rests on, and the session that it came through. */
export interface Presented {
  readonly token: string;
  /** Key of the session, where a cookie was presented. */
  readonly session?: string;
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Name of the cookie: `__Host-` forbids a browser to take it from another host or path, where it must be Secure. */
function cookieName(secure: boolean): string {
  return secure ? "__Host-sigil_session" : "sigil_session";
}

function isSecure(request: Pick<Admission, "header">): boolean {
  return !LOOPBACK_HOST.test(request.header("host") ?? "");
}

/** The Set-Cookie header of an open session, or of a closed one where `cookie` is empty. */
export function sessionCookie(request: Pick<Admission, "header">, cookie: string, maxAge: number): string {
  const secure = isSecure(request);
  const attributes = ["HttpOnly", "SameSite=Strict", "Path=/", `Max-Age=${maxAge}`];
  return [`${cookieName(secure)}=${cookie}`, ...attributes, ...(secure ? ["Secure"] : [])].join("; ");
}

/**
 * The one credential of a request: a bearer licence, or a cookie with `X-Sigil-Session`. A cookie alone is none, because
 * cookies ignore ports and every server of this host receives them.
 * @throws PolicyError `licence-missing`, `licence-duplicate`, `licence-malformed`; CredentialError
 */
export function presented(request: Admission, sessions: Sessions, now: number): Presented {
  const authorization = lines(request, "authorization");
  const secrets = lines(request, "x-sigil-session");
  const [secret] = secrets;
  if (secret === undefined) return { token: presentedLicence(authorization) };
  if (authorization.length > 0 || secrets.length > 1)
    throw new PolicyError("licence-duplicate", "a session and another credential came together; present one");
  const cookies = cookiesNamed(lines(request, "cookie").join(";"), cookieName(isSecure(request)));
  const [cookie] = cookies;
  if (cookie === undefined)
    throw new CredentialError("session-unknown", "the session secret came without its cookie");
  if (cookies.length > 1)
    throw new PolicyError("licence-duplicate", `${cookies.length} session cookies came together`);
  const { key, token } = sessions.use(cookie, secret, now);
  return { token, session: key };
}

/**
 * What a request with a cookie must show beside it: the page is this origin's; and for a mutation an Origin header, a JSON
 * content type and a token of this session. Returns what gives the token back.
 * @throws ProblemError `origin-refused`, `content-type`, `csrf-refused`
 */
export function checkCrossSite(request: Admission, sessions: Sessions, key: string, now: number): () => void {
  const mutates = request.row.method !== "GET";
  checkOrigin(request, mutates);
  if (!mutates) return () => {};
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(request.header("content-type") ?? ""))
    throw new ProblemError(
      "content-type",
      "a request with a cookie that changes something must be application/json",
    );
  if (request.row.action === "csrf.mint") return () => {};
  return sessions.spend(key, request.header("x-sigil-csrf"), now);
}

/** The page that asks is this origin's; `named` when it must say so. @throws ProblemError `origin-refused` */
export function checkOrigin(request: Admission, named: boolean): void {
  const origin = request.header("origin");
  const host = request.header("host") ?? "";
  const own = origin === `http://${host}` || origin === `https://${host}`;
  const site = request.header("sec-fetch-site");
  if (
    (origin === undefined ? named : !own) ||
    (site !== undefined && site !== "same-origin" && site !== "none")
  )
    throw new ProblemError("origin-refused", "the request does not come from a page of this origin");
}

/** Two lines of a header that decides are two credentials, and refused like any other bad one. */
function lines(request: Admission, name: string): readonly string[] {
  try {
    const value = request.header(name);
    return value === undefined ? [] : [value];
  } catch (error) {
    if (error instanceof ProblemError && error.code === "header-duplicate") return ["", ""];
    throw error;
  }
}

function cookiesNamed(header: string, name: string): string[] {
  const pairs = header.split(";").map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}
