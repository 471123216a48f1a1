import { createHmac, timingSafeEqual } from "node:crypto";
import { randomBytes, sha256, toBase64url, utf8 } from "@sigil/crypto";
import type { LicenceClaims } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { CredentialError } from "./credential-error.ts";

/** A session ends after this long without a request, and after this long in any case; milliseconds. */
export const SESSION_IDLE_MS = 30 * 60_000;
export const SESSION_MAX_MS = 8 * 3_600_000;

/** A CSRF token is good for this long. */
const CSRF_MS = 10 * 60_000;

/** Sessions of all callers, of one principal, and CSRF tokens used per session that are remembered until they expire. */
const MOST = 1_024;
const MOST_OF_ONE = 16;
const MOST_SPENT = 4_096;

interface Session {
  readonly principal: string;
  readonly jti: string;
  /** The licence, so that every request is held against the same ground as one with a bearer. */
  readonly token: string;
  /** SHA-256 of the session secret. */
  readonly secret: Uint8Array;
  /** Milliseconds since 1970; the licence's own end at the latest. */
  readonly endsAt: number;
  usedAt: number;
  /** Nonces of CSRF tokens that were used, with their end. */
  readonly spent: Map<string, number>;
}

/**
 * Licences exchanged for a cookie and a session secret; neither opens anything without the other, and nothing without the
 * licence that lies behind them. Both are 256 random bits and kept as hashes. In memory alone: a restart ends every
 * session. Bounded: at most 1 024 sessions, 16 of one principal (the oldest gives way), 4 096 used tokens per session.
 */
export class Sessions {
  /** By SHA-256 of the cookie. */
  readonly #open = new Map<string, Session>();
  /** Of this process alone, as the sessions are. */
  readonly #csrfKey = randomBytes(32);

  get size(): number {
    return this.#open.size;
  }

  /** @param now milliseconds. @throws ProblemError `sessions-full` */
  open(
    claims: LicenceClaims,
    token: string,
    now: number,
  ): { cookie: string; secret: string; endsAt: number } {
    this.sweep(now);
    const own = [...this.#open].filter(([, { principal }]) => principal === claims.sub);
    const [oldest] = own;
    if (own.length >= MOST_OF_ONE && oldest !== undefined) this.#open.delete(oldest[0]);
    if (this.#open.size >= MOST)
      throw new ProblemError("sessions-full", `${MOST} sessions are open`, { retryAfter: 60 });
    const cookie = toBase64url(randomBytes(32));
    const secret = toBase64url(randomBytes(32));
    const endsAt = Math.min(now + SESSION_MAX_MS, claims.exp * 1000);
    const { sub: principal, jti } = claims;
    this.#open.set(keyOf(cookie), {
      ...{ principal, jti, token, endsAt },
      secret: sha256(utf8(secret)),
      usedAt: now,
      spent: new Map(),
    });
    return { cookie, secret, endsAt };
  }

  /** The licence behind a cookie and its secret. @throws CredentialError `session-unknown`, `session-secret` */
  use(cookie: string, secret: string, now: number): { key: string; token: string } {
    const key = keyOf(cookie);
    const session = this.#open.get(key);
    if (session === undefined || over(session, now)) {
      this.#open.delete(key);
      throw new CredentialError("session-unknown", "the cookie names no open session");
    }
    if (!timingSafeEqual(session.secret, sha256(utf8(secret))))
      throw new CredentialError("session-secret", "the session secret is not the one of this cookie");
    session.usedAt = now;
    return { key, token: session.token };
  }

  /** @throws ProblemError `licence-refused` when the session is over; asking does not keep it open */
  requireOpen(key: string, now: number): void {
    const session = this.#open.get(key);
    if (session === undefined || over(session, now))
      throw new ProblemError("licence-refused", "the session that this request came through is over");
  }

  /** A token for one mutation of a session: `b64url(nonce ‖ end in ms, 8 bytes) "." b64url(HMAC-SHA-256)`. */
  mint(key: string, now: number): { token: string; endsAt: number } {
    const endsAt = now + CSRF_MS;
    const body = Buffer.alloc(24);
    body.set(randomBytes(16));
    body.writeBigUInt64BE(BigInt(endsAt), 16);
    return { token: `${toBase64url(body)}.${toBase64url(this.#mac(key, body))}`, endsAt };
  }

  /**
   * Takes a token for one mutation. What it returns gives the token back, for a mutation that did not happen.
   * @throws ProblemError `csrf-refused`
   */
  spend(key: string, token: string | undefined, now: number): () => void {
    const { nonce, endsAt } = this.#read(key, token);
    const session = this.#open.get(key);
    if (endsAt <= now || session === undefined) throw refused("the token has expired");
    if (session.spent.has(nonce)) throw refused("the token was used before");
    if (session.spent.size >= MOST_SPENT)
      throw refused("the session has used too many tokens; wait for 10 minutes");
    session.spent.set(nonce, endsAt);
    return () => session.spent.delete(nonce);
  }

  close(key: string): void {
    this.#open.delete(key);
  }

  /** Ends every session of a licence, and answers how many there were. */
  closeOf(jti: string): number {
    const found = [...this.#open].filter(([, session]) => session.jti === jti);
    for (const [key] of found) this.#open.delete(key);
    return found.length;
  }

  /** Forgets what is over: sessions and used tokens. */
  sweep(now: number): void {
    for (const [key, session] of this.#open) {
      if (over(session, now)) this.#open.delete(key);
      for (const [nonce, endsAt] of session.spent) if (endsAt <= now) session.spent.delete(nonce);
    }
  }

  #read(key: string, token: string | undefined): { nonce: string; endsAt: number } {
    if (token === undefined) throw refused("the request carries no X-Sigil-CSRF header");
    const [, head, mac] = /^([A-Za-z0-9_-]{32})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
    if (head === undefined || mac === undefined) throw refused("the token is malformed");
    const body = Buffer.from(head, "base64url");
    // As text: another spelling of the same bytes is another token, and none of ours.
    if (!timingSafeEqual(utf8(toBase64url(this.#mac(key, body))), utf8(mac)))
      throw refused("the token is not one of this session");
    return { nonce: head, endsAt: Number(body.readBigUInt64BE(16)) };
  }

  #mac(key: string, body: Uint8Array): Buffer {
    return createHmac("sha256", this.#csrfKey).update(`SIGIL-CSRF-V1\n${key}\n`).update(body).digest();
  }
}

function keyOf(cookie: string): string {
  return toBase64url(sha256(utf8(cookie)));
}

function over({ endsAt, usedAt }: Session, now: number): boolean {
  return now >= endsAt || now >= usedAt + SESSION_IDLE_MS;
}

function refused(detail: string): ProblemError {
  return new ProblemError("csrf-refused", detail);
}
