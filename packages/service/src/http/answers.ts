import type { ChannelKey } from "@sigil/crypto";
import { type MacInput, ResponseKey, type UnverifiedEnvelope, WireError } from "@sigil/wire";
import type { Peers } from "../keys/registry.ts";

/** How the answer to one request is authenticated. */
export interface AnswerSeal {
  readonly key: ResponseKey;
  readonly nonce: string;
  /** The whole header that is answered. */
  readonly request: string;
}

/**
 * Keys of the MACs of answers, one per peer, derived once. A seal is found from the *claimed* sender of an
 * envelope, before anything of it is verified: that is safe, because only the real owner of the channel key can
 * check the MAC, and it lets a refusal be believed as well as an acceptance.
 */
export class AnswerSeals {
  readonly #channel: ChannelKey;
  readonly #peers: Peers;
  readonly #keys = new Map<string, ResponseKey>();

  constructor(channel: ChannelKey, peers: Peers) {
    this.#channel = channel;
    this.#peers = peers;
  }

  forEnvelope(envelope: UnverifiedEnvelope, header: string): AnswerSeal | undefined {
    const owner = this.#peers.byKid(envelope.fields.kid)?.issuer;
    const key = owner === undefined ? undefined : this.#keyOf(owner);
    return key === undefined ? undefined : { key, nonce: envelope.fields.nonce, request: header };
  }

  /** Throws `challenge-key-unknown`. */
  forChallenge(challenge: { kid: string; nonce: string }, header: string): AnswerSeal {
    const owner = this.#peers.ownerOfChannel(challenge.kid);
    const key = owner === undefined ? undefined : this.#keyOf(owner);
    if (key === undefined)
      throw new WireError(
        "challenge-key-unknown",
        "the challenge names a channel key that is not enrolled here",
      );
    return { key, nonce: challenge.nonce, request: header };
  }

  #keyOf(owner: string): ResponseKey | undefined {
    const held = this.#keys.get(owner);
    if (held !== undefined) return held;
    const raw = this.#peers.channelOf(owner);
    if (raw === undefined) return undefined;
    const key = ResponseKey.derive(this.#channel, raw, "server");
    this.#keys.set(owner, key);
    return key;
  }
}

/** The `Sigil-Response` header of an answer. */
export function sealAnswer(seal: AnswerSeal, answer: Pick<MacInput, "status" | "header" | "body">): string {
  return seal.key.mac({ ...answer, nonce: seal.nonce, request: seal.request });
}
