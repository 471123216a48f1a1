import {
  CryptoError,
  equalBytes,
  fromBase64url,
  sha256,
  utf8,
  type VerifyKey,
  verifyInPool,
} from "@sigil/crypto";
import { WireError } from "../error.ts";
import type { Role } from "../routes.ts";
import { type Authority, LIFETIME_MAX, type ProtectedHeader, SKEW } from "./header.ts";
import { NonceWindow } from "./nonces.ts";
import { readEnvelope, type UnverifiedEnvelope } from "./read.ts";
import { signedBytes } from "./seal.ts";

/** A row of the key registry: whose key a kid is, in which role, and the peer's channel key for answers. */
export interface PeerKey {
  readonly issuer: string;
  readonly role: Role;
  readonly key: VerifyKey;
  /** Routes that the key is enrolled for, as `METHOD /path` of the route table; absent, every route of its role. */
  readonly routes?: readonly string[];
}
export type KeyRegistry = (kid: string) => PeerKey | undefined;

/** A request whose sender, content and freshness are proved. */
export interface VerifiedRequest {
  readonly iss: string;
  readonly role: Role;
  readonly kid: string;
  readonly nonce: string;
  readonly sub?: string;
  readonly idem?: string;
  readonly ctx?: Authority;
}

/** The request as it arrived. */
export interface ReceivedRequest {
  /** Every Sigil-Envelope header of the request, or the form that `readEnvelope` returned for them. */
  readonly envelope: readonly string[] | UnverifiedEnvelope;
  readonly method: string;
  /** Raw path and query of the request line. */
  readonly url: string;
  /** The Content-Type header, empty when there is none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The bearer licence and the Sigil-Grant header that came along. */
  readonly licence?: string | undefined;
  readonly grant?: string | undefined;
  /** Roles that the route answers; absent means any enrolled key. */
  readonly roles?: readonly Role[] | undefined;
  /** `METHOD /path` of the route's row. */
  readonly route?: string | undefined;
}

/** An envelope that has verified but for the body: its sender is proved, its content and freshness are not. */
export interface BegunRequest {
  readonly iss: string;
  readonly kid: string;
  /** Takes the body and does the rest. */
  readonly finish: (body: Uint8Array) => VerifiedRequest;
}

/**
 * Verifies envelopes for one running instance of a service. The order of checks is part of the format: what is
 * cheap and needs no key comes first, the signature before anything is remembered, the nonce last. A request
 * that fails leaves no trace in memory.
 */
export class EnvelopeVerifier {
  readonly #service: string;
  readonly #instance: string;
  readonly #registry: KeyRegistry;
  readonly #now: () => number;
  readonly #nonces: NonceWindow;

  constructor(options: {
    service: string;
    instance: string;
    registry: KeyRegistry;
    now: () => number;
    nonces?: NonceWindow;
  }) {
    this.#service = options.service;
    this.#instance = options.instance;
    this.#registry = options.registry;
    this.#now = options.now;
    this.#nonces = options.nonces ?? new NonceWindow();
  }

  /** Throws WireError with the code of the first check that fails; see ENVELOPE_CODES. */
  verify(request: ReceivedRequest): VerifiedRequest {
    const { envelope, peer } = this.#sender(request);
    checkContent(envelope.fields, request);
    checkSignature(envelope, peer.key);
    return this.#take(envelope, peer);
  }

  /**
   * Everything that can be verified before the body is there, the signature included, so that a service holds no body
   * of a stranger. The signature is checked in the thread pool, or, with `here`, on this thread: nobody waits for whoever is
   * alone, and the way to the pool and back takes longer than the check. The time is checked again with the body, which may
   * arrive so slowly that its nonce is no longer remembered.
   */
  async begin(request: Omit<ReceivedRequest, "body">, here = false): Promise<BegunRequest> {
    const { envelope, peer } = this.#sender(request);
    const { protectedBytes, signature } = envelope;
    if (here) checkSignature(envelope, peer.key);
    else await verifyInPool(peer.key, signedBytes(protectedBytes), signature).catch(refuseSignature);
    checkPresented(envelope.fields, request);
    const { iss, kid } = envelope.fields;
    const finish = (body: Uint8Array) => {
      checkTime(envelope.fields, this.#now());
      checkContent(envelope.fields, { ...request, body });
      return this.#take(envelope, peer);
    };
    return { iss, kid, finish };
  }

  #sender(request: Omit<ReceivedRequest, "body">): { envelope: UnverifiedEnvelope; peer: PeerKey } {
    const envelope = "fields" in request.envelope ? request.envelope : readEnvelope(request.envelope);
    this.#checkAddress(envelope.fields, request);
    checkTime(envelope.fields, this.#now());
    return { envelope, peer: this.#checkKey(envelope.fields, request) };
  }

  #take({ fields }: UnverifiedEnvelope, peer: PeerKey): VerifiedRequest {
    this.#nonces.consume(fields.kid, fields.nonce, (fields.exp + SKEW) * 1000, this.#now());
    return {
      iss: fields.iss,
      role: peer.role,
      kid: fields.kid,
      nonce: fields.nonce,
      ...(fields.sub === undefined ? {} : { sub: fields.sub }),
      ...(fields.idem === undefined ? {} : { idem: fields.idem }),
      ...(fields.ctx === undefined ? {} : { ctx: fields.ctx }),
    };
  }

  #checkAddress(fields: ProtectedHeader, request: Omit<ReceivedRequest, "body">): void {
    const slash = fields.aud.indexOf("/");
    if (slash < 0 || fields.aud.slice(0, slash) !== this.#service) {
      throw new WireError("envelope-audience", `the envelope is not addressed to ${this.#service}`);
    }
    if (fields.aud.slice(slash + 1) !== this.#instance) {
      throw new WireError(
        "stale-instance",
        `the envelope names another instance of ${this.#service}; read /.well-known/sigil-instance and seal anew`,
      );
    }
    if (fields.htm !== request.method)
      throw new WireError(
        "envelope-method",
        `the envelope names ${fields.htm}, the request is ${request.method}`,
      );
    if (fields.htu !== request.url)
      throw new WireError("envelope-path", "the envelope names another path or query than the request line");
    if (fields.ct !== request.contentType)
      throw new WireError(
        "envelope-content-type",
        "the envelope names another content type than the request",
      );
  }

  #checkKey(fields: ProtectedHeader, { roles, route }: Pick<ReceivedRequest, "roles" | "route">): PeerKey {
    const peer = this.#registry(fields.kid);
    if (peer === undefined)
      throw new WireError("envelope-key-unknown", `the key ${fields.kid} is not enrolled here`);
    if (peer.issuer !== fields.iss)
      throw new WireError("envelope-issuer", `the key ${fields.kid} does not belong to ${fields.iss}`);
    if (roles !== undefined && !roles.includes(peer.role)) {
      throw new WireError(
        "envelope-role",
        `the role ${peer.role} may not use this route; it answers ${roles.join(", ")}`,
      );
    }
    if (route !== undefined && peer.routes?.some((each) => each === "*" || each === route) === false) {
      throw new WireError("envelope-route", `the key ${fields.kid} is not enrolled for ${route}`);
    }
    if (fields.ctx !== undefined && peer.role !== "sigilderg") {
      throw new WireError("envelope-context", "ctx is set by a key that is not SigilDERG's");
    }
    return peer;
  }
}

function checkTime(fields: ProtectedHeader, now: number): void {
  const seconds = now / 1000;
  if (fields.exp - fields.iat > LIFETIME_MAX || fields.exp < fields.iat) {
    throw new WireError(
      "envelope-lifetime",
      `the envelope lives ${fields.exp - fields.iat} s, allowed are 0 to ${LIFETIME_MAX} s`,
    );
  }
  if (fields.iat > seconds + SKEW)
    throw new WireError("envelope-future", `the envelope was issued more than ${SKEW} s ahead of this clock`);
  if (fields.exp < seconds - SKEW)
    throw new WireError("envelope-expired", `the envelope expired more than ${SKEW} s ago`);
}

/** What came along in headers is what the envelope binds. */
function checkPresented(fields: ProtectedHeader, request: Omit<ReceivedRequest, "body">): void {
  if (!binds(fields.lic, request.licence))
    throw new WireError("envelope-licence", "the envelope does not bind the licence that came with it");
  if (!binds(fields.grant, request.grant))
    throw new WireError("envelope-grant", "the envelope does not bind the run grant that came with it");
}

function checkContent(fields: ProtectedHeader, request: ReceivedRequest): void {
  checkPresented(fields, request);
  if (fields.bl !== request.body.length || !equalBytes(fromBase64url(fields.bd), sha256(request.body))) {
    throw new WireError(
      "envelope-body",
      `the envelope binds a body of ${fields.bl} bytes with another digest; ${request.body.length} bytes arrived`,
    );
  }
}

/** A header and its digest are there both or neither. */
function binds(digest: string | undefined, header: string | undefined): boolean {
  if (digest === undefined || header === undefined) return digest === undefined && header === undefined;
  return equalBytes(fromBase64url(digest), sha256(utf8(header)));
}

function checkSignature(envelope: UnverifiedEnvelope, key: VerifyKey): void {
  try {
    key.verify(signedBytes(envelope.protectedBytes), envelope.signature);
  } catch (cause) {
    refuseSignature(cause);
  }
}

function refuseSignature(cause: unknown): never {
  if (!(cause instanceof CryptoError)) throw cause;
  throw new WireError("envelope-signature", "the envelope's signature does not verify", { cause });
}
