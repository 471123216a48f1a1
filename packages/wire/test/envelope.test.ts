import { canonicalize, type Json, parseJson } from "@sigil/canon";
import { fromBase64url, fromUtf8, toBase64url, utf8 } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { NonceWindow } from "../src/envelope/nonces.ts";
import { signedBytes } from "../src/envelope/seal.ts";
import { EnvelopeVerifier } from "../src/envelope/verify.ts";
import { BODY, codeThrownBy, INSTANCE, NOW, newSigningKey, scene } from "./fixtures.ts";

type Fields = { [key: string]: Json };

/** Seals arbitrary protected text with SigilDERG's own key: what only a careless or captured signer would send. */
function sealText(text: string, key = newSigningKey()): string {
  const bytes = utf8(text);
  return `${toBase64url(bytes)}.${toBase64url(key.sign(signedBytes(bytes)))}`;
}

function fieldsOf(header: string): Fields {
  return parseJson(fromUtf8(fromBase64url(header.split(".")[0] ?? ""))) as Fields;
}

const codeFor = (change: (parts: ReturnType<typeof scene>) => Parameters<EnvelopeVerifier["verify"]>[0]) => {
  const parts = scene();
  return codeThrownBy(() => parts.verifier.verify(change(parts)));
};

describe("a sealed request", () => {
  it("is accepted once, with issuer, role, nonce, idempotency key and authority", () => {
    const { verifier, seal, received, sigilderg } = scene();
    const ctx = {
      principal: "alice",
      loa: "Operator",
      decision: "01890000-0000-7000-8000-000000000001",
    } as const;
    const { header, nonce } = seal({ ctx, idem: "k-1" });
    expect(verifier.verify(received(header))).toEqual({
      iss: "sigilderg",
      role: "sigilderg",
      kid: sigilderg.kid,
      nonce,
      idem: "k-1",
      ctx,
    });
  });

  it("has a protected part that is its own canonical form", () => {
    const { seal } = scene();
    const text = fromUtf8(fromBase64url(seal().header.split(".")[0] ?? ""));
    expect(canonicalize(parseJson(text))).toBe(text);
  });

  it("binds the licence and the grant that come with it", () => {
    const { verifier, seal, received } = scene();
    const { header } = seal({ licence: "l.l.l", grant: "g.g" });
    expect(verifier.verify(received(header, { licence: "l.l.l", grant: "g.g" })).iss).toBe("sigilderg");
  });
});

describe("an envelope is refused by the name of the first check that fails", () => {
  it("envelope-missing: no header", () => {
    expect(codeFor(({ received }) => received([]))).toBe("envelope-missing");
  });
  it("envelope-duplicate: two headers, even equal ones", () => {
    expect(
      codeFor(({ seal, received }) => {
        const { header } = seal();
        return received([header, header]);
      }),
    ).toBe("envelope-duplicate");
  });
  it("envelope-too-large: over 4096 characters, before anything is decoded", () => {
    expect(codeFor(({ received }) => received("!".repeat(4097)))).toBe("envelope-too-large");
  });
  it.each([
    ["one part", "AAAA"],
    ["three parts", "AAAA.AAAA.AAAA"],
    ["padding", "e30=.AAAA"],
    ["the base64 alphabet", "e3+/.AAAA"],
    ["trailing bits", "e31.AAAA"],
    ["white space", "e30 .AAAA"],
    ["no JSON", `${toBase64url(utf8("nothing"))}.AAAA`],
    ["an array", `${toBase64url(utf8("[]"))}.AAAA`],
    ["a duplicate key", `${toBase64url(utf8('{"v":1,"v":1}'))}.AAAA`],
    ["invalid UTF-8", `${toBase64url(new Uint8Array([0x7b, 0xff, 0x7d]))}.AAAA`],
  ])("envelope-malformed: %s", (_, header) => {
    expect(codeFor(({ received }) => received(header))).toBe("envelope-malformed");
  });
  it("envelope-not-canonical: a space, another key order, an escaped letter, though the signature is right", () => {
    const { seal, sigilderg, verifier, received } = scene();
    const fields = fieldsOf(seal().header);
    const text = canonicalize(fields);
    const variants = [
      text.replace('{"alg"', '{ "alg"'),
      JSON.stringify(Object.fromEntries(Object.entries(fields).reverse())),
      text.replace('"sigilderg"', '"\\u0073igilderg"'),
      text.replace(/"iat":(\d+)/, '"iat":$1.0'),
    ];
    expect(
      variants.map((variant) => codeThrownBy(() => verifier.verify(received(sealText(variant, sigilderg))))),
    ).toEqual(variants.map(() => "envelope-not-canonical"));
  });
  it("envelope-unknown-field: a field that is not defined", () => {
    const { seal, sigilderg, verifier, received } = scene();
    const text = canonicalize({ ...fieldsOf(seal().header), admin: true });
    expect(codeThrownBy(() => verifier.verify(received(sealText(text, sigilderg))))).toBe(
      "envelope-unknown-field",
    );
  });
  it.each([
    ["another algorithm", { alg: "none" }],
    ["another version", { v: 2 }],
    ["a short nonce", { nonce: "AAAA" }],
    ["a negative length", { bl: -1 }],
    ["an authority without a decision", { ctx: { principal: "a", loa: "Root" } }],
    [
      "an unknown level",
      { ctx: { principal: "a", loa: "God", decision: "01890000-0000-7000-8000-000000000001" } },
    ],
  ])("envelope-field: %s", (_, change) => {
    const { seal, sigilderg, verifier, received } = scene();
    const text = canonicalize({ ...fieldsOf(seal().header), ...change });
    expect(codeThrownBy(() => verifier.verify(received(sealText(text, sigilderg))))).toBe("envelope-field");
  });
  it("envelope-audience: addressed to another service", () => {
    expect(codeFor(({ seal, received }) => received(seal({ aud: `mmf/${INSTANCE}` }).header))).toBe(
      "envelope-audience",
    );
  });
  it("stale-instance: addressed to an earlier start of this service", () => {
    expect(
      codeFor(({ seal, received }) => received(seal({ aud: "codex-nexus/BAAAAAAAAAAAAAAAAAAAAA" }).header)),
    ).toBe("stale-instance");
  });
  it("envelope-method: sent with another method", () => {
    expect(codeFor(({ seal, received }) => received(seal().header, { method: "DELETE" }))).toBe(
      "envelope-method",
    );
  });
  it.each(["/v1/records", "/v1/records?x=2", "/v1/records?x=1&x=1", "/v1/%72ecords?x=1", "/v1/records?x=1&"])(
    "envelope-path: sent to %s instead of /v1/records?x=1",
    (url) => {
      expect(codeFor(({ seal, received }) => received(seal().header, { url }))).toBe("envelope-path");
    },
  );
  it("envelope-content-type: sent as another type", () => {
    expect(codeFor(({ seal, received }) => received(seal().header, { contentType: "text/plain" }))).toBe(
      "envelope-content-type",
    );
  });
  it("envelope-lifetime: alive for more than 60 s, or for less than none", () => {
    expect(codeFor(({ seal, received }) => received(seal({ lifetime: 61 }).header))).toBe(
      "envelope-lifetime",
    );
    expect(codeFor(({ seal, received }) => received(seal({ lifetime: -1 }).header))).toBe(
      "envelope-lifetime",
    );
  });
  it("envelope-future and envelope-expired: beyond ±30 s and not before", () => {
    const at =
      (iat: number) =>
      ({ seal, received }: ReturnType<typeof scene>) =>
        received(seal({ now: NOW + iat * 1000, lifetime: 30 }).header);
    expect(codeFor(at(31))).toBe("envelope-future");
    expect(codeFor(at(-61))).toBe("envelope-expired");
    for (const edge of [30, -60]) {
      const parts = scene();
      expect(parts.verifier.verify(at(edge)(parts)).iss).toBe("sigilderg");
    }
  });
  it("envelope-key-unknown: a key that is not enrolled", () => {
    expect(codeFor(({ seal, received }) => received(seal({ key: newSigningKey() }).header))).toBe(
      "envelope-key-unknown",
    );
  });
  it("envelope-issuer: an enrolled key under another name", () => {
    expect(codeFor(({ seal, received, mmf }) => received(seal({ key: mmf }).header))).toBe("envelope-issuer");
  });
  it("envelope-role: MMF's own key on a route for SigilDERG only", () => {
    expect(codeFor(({ seal, received, mmf }) => received(seal({ key: mmf, iss: "mmf" }).header))).toBe(
      "envelope-role",
    );
  });
  it("envelope-context: authority set by another key than SigilDERG's", () => {
    const ctx = { principal: "a", loa: "Root", decision: "01890000-0000-7000-8000-000000000001" } as const;
    expect(
      codeFor(({ seal, received, mmf }) =>
        received(seal({ key: mmf, iss: "mmf", ctx }).header, { roles: ["mmf"] }),
      ),
    ).toBe("envelope-context");
  });
  it("envelope-licence and envelope-grant: another one, one too many, one missing", () => {
    const cases = [
      [{ licence: "a" }, { licence: "b" }],
      [{}, { licence: "a" }],
      [{ licence: "a" }, {}],
      [{ grant: "a" }, { grant: "b" }],
      [{}, { grant: "a" }],
      [{ grant: "a" }, {}],
    ] as const;
    expect(
      cases.map(([sealed, sent]) => codeFor(({ seal, received }) => received(seal(sealed).header, sent))),
    ).toEqual([...Array(3).fill("envelope-licence"), ...Array(3).fill("envelope-grant")]);
  });
  it("envelope-body: another body, also one that is the same JSON", () => {
    for (const body of ['{"a":2}', '{"a": 1}', ""]) {
      expect(codeFor(({ seal, received }) => received(seal().header, { body: utf8(body) }))).toBe(
        "envelope-body",
      );
    }
  });
  it("envelope-signature: every single flipped bit of the signature, and a signature of another envelope", () => {
    const { seal, verifier, received } = scene();
    const [head, tail] = seal().header.split(".") as [string, string];
    const signature = fromBase64url(tail);
    for (let bit = 0; bit < 512; bit += 1) {
      const forged = Uint8Array.from(signature);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeThrownBy(() => verifier.verify(received(`${head}.${toBase64url(forged)}`)))).toBe(
        "envelope-signature",
      );
    }
    const other = seal().header.split(".")[1];
    expect(codeThrownBy(() => verifier.verify(received(`${head}.${other}`)))).toBe("envelope-signature");
  });
  it("envelope-signature: the malleated twin S + L of a valid signature", () => {
    const { seal, verifier, received } = scene();
    const [head, tail] = seal().header.split(".") as [string, string];
    const signature = fromBase64url(tail);
    const L = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = L;
    for (let i = 0; i < 32; i += 1) s += BigInt(signature[32 + i] ?? 0) << BigInt(8 * i);
    const twin = Uint8Array.from(signature);
    for (let i = 0; i < 32; i += 1) twin[32 + i] = Number((s >> BigInt(8 * i)) & 0xffn);
    expect(codeThrownBy(() => verifier.verify(received(`${head}.${toBase64url(twin)}`)))).toBe(
      "envelope-signature",
    );
  });
  it("envelope-replayed: the same envelope again", () => {
    const { seal, verifier, received } = scene();
    const { header } = seal();
    verifier.verify(received(header));
    expect(codeThrownBy(() => verifier.verify(received(header)))).toBe("envelope-replayed");
  });
  it("any other character anywhere in the header", () => {
    const { seal, verifier, received } = scene();
    const { header } = seal();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
    for (let at = 0; at < header.length; at += 1) {
      const old = header.charAt(at);
      const other = alphabet.charAt((alphabet.indexOf(old) + 1 + (at % 60)) % alphabet.length);
      if (other === old) continue;
      const forged = header.slice(0, at) + other + header.slice(at + 1);
      expect(codeThrownBy(() => verifier.verify(received(forged)))).toMatch(
        /^(envelope-(?!replayed)|stale-instance)/,
      );
    }
    expect(verifier.verify(received(header)).iss).toBe("sigilderg");
  });
  it("a refused envelope does not use up its nonce: the intact request is still accepted", () => {
    const { seal, verifier, received } = scene();
    const { header } = seal();
    expect(codeThrownBy(() => verifier.verify(received(header, { body: utf8("{}") })))).toBe("envelope-body");
    expect(verifier.verify(received(header, { body: BODY })).iss).toBe("sigilderg");
  });
  it("a verifier of the next start refuses every envelope of the last one", () => {
    const { seal, received, sigilderg } = scene();
    const { header } = seal();
    const next = new EnvelopeVerifier({
      service: "codex-nexus",
      instance: "BAAAAAAAAAAAAAAAAAAAAA",
      registry: () => ({ issuer: "sigilderg", role: "sigilderg", key: sigilderg.publicKey }),
      now: () => NOW,
    });
    expect(codeThrownBy(() => next.verify(received(header)))).toBe("stale-instance");
  });
});

describe.each([
  ["in the thread pool", false],
  ["where it arrived", true],
])("an envelope whose body is still on its way, its signature checked %s,", (_, here) => {
  it("is verified up to its body, and accepted with it once", async () => {
    const { verifier, seal, received } = scene();
    const { header } = seal();
    const accept = (await verifier.begin(received(header), here)).finish;
    const again = (await verifier.begin(received(header), here)).finish;
    expect(codeThrownBy(() => accept(utf8("another body")))).toBe("envelope-body");
    expect(accept(BODY).iss).toBe("sigilderg");
    expect(codeThrownBy(() => again(BODY))).toBe("envelope-replayed");
  });

  it("is refused when the body arrives after its time: its nonce would no longer be remembered", async () => {
    let now = NOW;
    const { verifier, seal, received } = scene(() => now);
    const accept = (await verifier.begin(received(seal().header), here)).finish;
    now = NOW + 61_000;
    expect(codeThrownBy(() => accept(BODY))).toBe("envelope-expired");
  });

  it("is refused before its body when its signature is over another one", async () => {
    const { verifier, seal, received } = scene();
    const [head] = seal().header.split(".");
    const [, foreign] = seal().header.split(".");
    await expect(verifier.begin(received(`${head}.${foreign}`), here)).rejects.toMatchObject({
      code: "envelope-signature",
    });
  });
});

describe("a flood of envelopes that fail", () => {
  it("grows nothing, whatever they fail for and however many nonces they draw", () => {
    const { sigilderg, seal, received } = scene();
    const nonces = new NonceWindow();
    const verifier = new EnvelopeVerifier({
      ...{ service: "codex-nexus", instance: INSTANCE, now: () => NOW, nonces },
      registry: (kid) =>
        kid === sigilderg.kid
          ? { issuer: "sigilderg", role: "sigilderg", key: sigilderg.publicKey }
          : undefined,
    });
    const stranger = newSigningKey();
    for (let n = 0; n < 500; n += 1) {
      const { header } = seal();
      const foreign = seal().header.split(".")[1];
      for (const attempt of [
        received(seal({ key: stranger }).header),
        received(`${header.split(".")[0]}.${foreign}`),
        received(header, { body: utf8('{"a":2}') }),
        received(header, { url: "/v1/records" }),
        received(seal({ now: NOW - 120_000 }).header),
      ])
        expect(codeThrownBy(() => verifier.verify(attempt))).toMatch(/^envelope-/);
    }
    expect(nonces.size).toBe(0);
    verifier.verify(received(seal().header));
    expect(nonces.size).toBe(1);
  });

  it("of one caller with a good key fills the window to its bound and no further", () => {
    const { sigilderg, seal, received } = scene();
    const nonces = new NonceWindow(20);
    const verifier = new EnvelopeVerifier({
      ...{ service: "codex-nexus", instance: INSTANCE, now: () => NOW, nonces },
      registry: () => ({ issuer: "sigilderg", role: "sigilderg", key: sigilderg.publicKey }),
    });
    for (let n = 0; n < 20; n += 1) verifier.verify(received(seal().header));
    expect(codeThrownBy(() => verifier.verify(received(seal().header)))).toBe("nonce-window-full");
    expect(nonces.size).toBe(20);
  });
});
