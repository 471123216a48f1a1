import { channelKey, Secret, signingKey, utf8 } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { mintGrant } from "../src/envelope/grant.ts";
import { ResponseKey } from "../src/envelope/response.ts";
import { EnvelopeVerifier } from "../src/envelope/verify.ts";
import golden from "./golden.json" with { type: "json" };

const seed = (byte: number) => Secret.from(new Uint8Array(32).fill(byte));
const key = signingKey(seed(1));

// Bytes that other implementations must make and accept: a change here is a change of the format.
describe("the published bytes", () => {
  it("of an envelope are accepted at their time, as the request that they seal", () => {
    const { header, now, request, nonce } = golden.envelope;
    const verifier = new EnvelopeVerifier({
      service: "codex-nexus",
      instance: golden.envelope.instance,
      registry: (kid) =>
        kid === key.kid ? { issuer: "sigilderg", role: "sigilderg", key: key.publicKey } : undefined,
      now: () => now,
    });
    const verified = verifier.verify({ ...request, envelope: [header], body: utf8(request.body) });
    expect(verified).toEqual({
      iss: "sigilderg",
      role: "sigilderg",
      kid: key.kid,
      nonce,
      ctx: golden.envelope.ctx,
    });
  });
  it("of a response's MAC come out the same", () => {
    const { headers, body, mac, ...input } = golden.response;
    const server = ResponseKey.derive(channelKey(seed(2)), channelKey(seed(3)).publicRaw, "server");
    const read = (name: string) => (headers as Record<string, string>)[name];
    expect(server.mac({ ...input, header: read, body: utf8(body) })).toBe(mac);
  });
  it("of a run grant come out the same: Ed25519 is deterministic", () => {
    expect(mintGrant(golden.grant.body as Parameters<typeof mintGrant>[0], key)).toBe(golden.grant.header);
  });
});
