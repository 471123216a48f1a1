import { canonicalize, DOMAINS } from "@sigil/canon";
import {
  type ChannelKey,
  CryptoError,
  channelPublic,
  equalBytes,
  fromBase64url,
  hkdfSha256,
  hmacSha256,
  sha256,
  toBase64url,
  utf8,
} from "@sigil/crypto";
import { WireError } from "../error.ts";
import { FrameMacs } from "./frames.ts";
import { headerDigest } from "./seal.ts";

/** Headers that a response's MAC covers beside content type and body. */
export const COVERED_HEADERS = ["retry-after", "sigil-decision", "x-request-id"] as const;

/** What a response's MAC answers for. */
export interface MacInput {
  /** The nonce of the request: the envelope's, or the challenge's. */
  readonly nonce: string;
  /** The whole Sigil-Envelope or Sigil-Challenge header of the request that is answered. */
  readonly request: string;
  readonly status: number;
  /** Reads a response header by its lower-case name; undefined when absent. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/**
 * The keys of one direction between two channel keys: HKDF-SHA-256 of their X25519 agreement with info
 * `SIGIL-RESPONSE-V1` (of frames: `SIGIL-FRAME-V1`), server kid, client kid and `server-to-client`, separated by line feeds.
 * Both sides derive the same keys; they are fixed as long as the channel keys are, so derive them once per peer.
 */
export class ResponseKey {
  readonly #key: Uint8Array;
  readonly #frameKey: Uint8Array;

  private constructor(key: Uint8Array, frameKey: Uint8Array) {
    this.#key = key;
    this.#frameKey = frameKey;
  }

  /** `role` is what the holder of `own` is in this direction: the server makes MACs, the client checks them. */
  static derive(own: ChannelKey, peerRaw: Uint8Array, role: "server" | "client"): ResponseKey {
    const peer = channelPublic(peerRaw);
    const [server, client] = role === "server" ? [own.kid, peer.kid] : [peer.kid, own.kid];
    const agreed = own.agree(peerRaw).reveal();
    const keyFor = (domain: string) =>
      hkdfSha256(
        agreed,
        new Uint8Array(0),
        utf8([domain, server, client, "server-to-client"].join("\n")),
        32,
      );
    return new ResponseKey(keyFor(DOMAINS.response), keyFor(DOMAINS.frame));
  }

  /** The MACs of the frames that follow an answer's head; `response` is its `Sigil-Response`, made or verified. */
  frames(response: string): FrameMacs {
    return new FrameMacs(this.#frameKey, response);
  }

  /** The `Sigil-Response` header: base64url of the HMAC-SHA-256. */
  mac(input: MacInput): string {
    return toBase64url(hmacSha256(this.#key, macBytes(input)));
  }

  /** Throws `response-mac` when the header is missing, malformed or not the MAC of this response. */
  verify(header: string | undefined, input: MacInput): void {
    if (header === undefined)
      throw new WireError("response-mac", "the response carries no Sigil-Response header");
    let presented: Uint8Array;
    try {
      presented = fromBase64url(header);
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw new WireError("response-mac", "the Sigil-Response header is not base64url", { cause });
    }
    const expected = hmacSha256(this.#key, macBytes(input));
    if (presented.length !== expected.length || !equalBytes(presented, expected)) {
      throw new WireError("response-mac", "the Sigil-Response header is not the MAC of this response");
    }
  }
}

/**
 * `"SIGIL-RESPONSE-V1\n" ‖ JCS({bd, ct, headers, nonce, rq, status, v})`. `rq` is the SHA-256 of the request's
 * whole envelope header: without it, an answer to a *broken* envelope with the same nonce would pass for the
 * answer to the intact one, and a relay could turn "stored" into "refused".
 */
function macBytes(input: MacInput): Uint8Array {
  const headers: Record<string, string> = {};
  for (const name of COVERED_HEADERS) {
    const value = input.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const ct = canonicalize(input.header("content-type") ?? "");
  const bd = toBase64url(sha256(input.body));
  const rq = headerDigest(input.request);
  // The members in their order; digests, nonce and status are letters and digits that stand for themselves.
  const covered = `{"bd":"${bd}","ct":${ct},"headers":${canonicalize(headers)},"nonce":"${input.nonce}","rq":"${rq}","status":${input.status},"v":1}`;
  return utf8(`${DOMAINS.response}\n${covered}`);
}
