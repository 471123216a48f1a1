import { type ChannelKey, channelKey, generateSeed, type SigningKey, signingKey, utf8 } from "@sigil/crypto";
import { audience } from "../src/envelope/header.ts";
import { type SealInput, sealRequest } from "../src/envelope/seal.ts";
import { EnvelopeVerifier, type PeerKey, type ReceivedRequest } from "../src/envelope/verify.ts";

export const NOW = Date.parse("2026-11-23T12:00:00.000Z");
export const INSTANCE = "AAAAAAAAAAAAAAAAAAAAAA";
export const BODY = utf8('{"a":1}');

export const newSigningKey = (): SigningKey => signingKey(generateSeed());
export const newChannel = (): ChannelKey => channelKey(generateSeed());

/** A store that knows SigilDERG's key and MMF's, and a request that SigilDERG sealed for it. */
export function scene(now: () => number = () => NOW) {
  const sigilderg = newSigningKey();
  const mmf = newSigningKey();
  const rows = new Map<string, PeerKey>([
    [sigilderg.kid, { issuer: "sigilderg", role: "sigilderg", key: sigilderg.publicKey }],
    [mmf.kid, { issuer: "mmf", role: "mmf", key: mmf.publicKey }],
  ]);
  const verifier = new EnvelopeVerifier({
    service: "codex-nexus",
    instance: INSTANCE,
    registry: (kid) => rows.get(kid),
    now,
  });
  const seal = (change: Partial<SealInput> = {}) =>
    sealRequest({
      key: sigilderg,
      iss: "sigilderg",
      aud: audience("codex-nexus", INSTANCE),
      method: "POST",
      url: "/v1/records?x=1",
      contentType: "application/json",
      body: BODY,
      now: NOW,
      ...change,
    });
  const received = (header: string | string[], change: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
    envelope: Array.isArray(header) ? header : [header],
    method: "POST",
    url: "/v1/records?x=1",
    contentType: "application/json",
    body: BODY,
    roles: ["sigilderg"],
    ...change,
  });
  return { sigilderg, mmf, verifier, seal, received };
}

/** What a call throws; fails when it does not throw. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** The code of what a call throws; fails when it does not throw. */
export function codeThrownBy(work: () => unknown): string {
  return (thrownBy(work) as { code: string }).code;
}

export async function codeRejectedBy(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => {
      throw new Error("the promise resolved");
    },
    (error: { code: string }) => error.code,
  );
}
