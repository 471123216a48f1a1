import { createHmac } from "node:crypto";
import {
  generateSeed,
  jwkPublic,
  nodeKeyObject,
  type SigningKey,
  signingKey,
  toBase64url,
  utf8,
} from "@sigil/crypto";
import {
  issueLicence,
  type LicenceClaims,
  type LicenceGround,
  LOA,
  licenceClaims,
  verifyLicence,
} from "@sigil/policy";
import { CompactSign } from "jose";
import { describe, expect, test } from "vitest";
import { codeOfAsync } from "./code.ts";

const NOW = 1_795_435_200;
const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const issuer = signingKey(generateSeed());
const genesis = `sha256:${"ab".repeat(32)}`;

const claims: LicenceClaims = {
  iss: issuer.kid,
  sub: "alice",
  jti: "01900000-0000-7000-8000-000000000001",
  serial: 3,
  iat: NOW - 60,
  nbf: NOW - 60,
  exp: NOW + 3600,
  owner: { id: "u-1", name: "Alice" },
  loa: "Operator",
  scope: ["memory.*", "canon.read"],
  bindings: { runtimeId: "r-1", canonFingerprint: genesis },
};
const ground: LicenceGround = {
  issuers: new Map([[issuer.kid, issuer.publicKey]]),
  runtimeId: "r-1",
  canonFingerprint: genesis,
  now: at(NOW),
  recorded: () => "recorded",
};

const issue = (change: Partial<LicenceClaims> = {}, key: SigningKey = issuer) =>
  issueLicence({ ...claims, ...change }, key);
const verify = (token: Parameters<typeof verifyLicence>[0], change: Partial<LicenceGround> = {}) =>
  verifyLicence(token, { ...ground, ...change });
const refused = async (token: Parameters<typeof verifyLicence>[0], change: Partial<LicenceGround> = {}) =>
  await codeOfAsync(verify(token, change));
const part = (value: unknown) => toBase64url(utf8(typeof value === "string" ? value : JSON.stringify(value)));

/** A token whose signature is right and whose parts are whatever the test says. */
function forge(header: unknown, payload: unknown, key: SigningKey = issuer): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${toBase64url(key.sign(utf8(signed)))}`;
}
const HEADER = { alg: "EdDSA", kid: issuer.kid, typ: "sigil-license+jwt" };

describe("a licence", () => {
  test("that is issued verifies to the claims that were issued", async () => {
    expect(await verify(await issue())).toEqual(claims);
    const bound = { cnf: { jkt: signingKey(generateSeed()).kid } };
    expect(await verify(await issue(bound), { possession: bound.cnf.jkt })).toEqual({ ...claims, ...bound });
  });

  test("has exactly the header alg, kid and typ, and equal claims make the same licence", async () => {
    const token = await issue();
    const [head = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual(HEADER);
    expect(await issue()).toBe(token);
  });

  test("is a plain JWS: one that another library makes is taken", async () => {
    const foreign = await new CompactSign(utf8(JSON.stringify(claims)))
      .setProtectedHeader(HEADER)
      .sign(nodeKeyObject(issuer));
    expect(await verify(foreign)).toEqual(claims);
  });

  test("of every level verifies", async () => {
    for (const loa of LOA) expect((await verify(await issue({ loa }))).loa).toBe(loa);
  });

  test("is not issued with claims that no verifier would take", async () => {
    expect(await codeOfAsync(issue({ exp: claims.nbf }))).toBe("licence-malformed");
    expect(await codeOfAsync(issue({ scope: ["mem*"] }))).toBe("licence-malformed");
    expect(await codeOfAsync(issue({ admin: true } as Partial<LicenceClaims>))).toBe("licence-malformed");
    expect(licenceClaims.safeParse(claims).success).toBe(true);
  });
});

describe("a licence is refused", () => {
  test("as missing when there is none, and as duplicate when there are two", async () => {
    for (const none of [undefined, "", []]) expect(await refused(none)).toBe("licence-missing");
    const token = await issue();
    expect(await refused([token, token])).toBe("licence-duplicate");
    expect(await verify([token])).toEqual(claims);
  });

  test("as malformed in every other spelling of itself", async () => {
    const token = await issue();
    const [head = "", body = "", sig = ""] = token.split(".");
    // 64 bytes end in a character of which 4 bits do not count.
    const tail = sig.endsWith("A") ? "B" : String.fromCharCode(sig.charCodeAt(sig.length - 1) + 1);
    for (const [why, spelling] of Object.entries({
      "white space": ` ${token}`,
      "a line end": `${token}\n`,
      padding: `${token}==`,
      "the other alphabet": token.replaceAll("-", "+").replaceAll("_", "/") + (/[-_]/.test(token) ? "" : "+"),
      "trailing bits": `${head}.${body}.${sig.slice(0, -1)}${tail}`,
      "four parts": `${token}.`,
      "two parts": `${head}.${body}`,
      "five parts": `${head}..${body}.${sig}.`,
      "no signature": `${head}.${body}.`,
      "two signatures": `${token},${token}`,
      "a short signature": `${head}.${body}.${sig.slice(0, 40)}`,
      "8193 characters": `${token}${"A".repeat(8193 - token.length)}`,
    })) {
      expect(await refused(spelling), why).toBe("licence-malformed");
    }
  });

  test("in the JSON serialisation, with one signature or with two", async () => {
    const [head = "", payload = "", signature = ""] = (await issue()).split(".");
    const one = { protected: head, signature };
    for (const whole of [
      { payload, ...one },
      { payload, signatures: [one] },
      { payload, signatures: [one, one] },
    ]) {
      expect(await refused(JSON.stringify(whole))).toBe("licence-malformed");
    }
  });

  test("by the calendar as it is: 29 February counts, and no time beyond the year 9999 is one", async () => {
    const leap = Date.parse("2028-02-29T00:00:00.000Z") / 1000;
    const token = await issue({ exp: leap });
    expect((await verify(token, { now: "2028-02-29T00:00:29.999Z" })).exp).toBe(leap);
    expect(await refused(token, { now: "2028-02-29T00:00:30.000Z" })).toBe("licence-expired");
    const last = await issue({ exp: 253_402_300_799 });
    expect((await verify(last, { now: "9999-12-31T23:59:59.999Z" })).sub).toBe("alice");
    const later = { ...claims, nbf: 253_402_300_700, exp: 253_402_300_799 };
    expect(await refused(forge(HEADER, later))).toBe("licence-not-yet-valid");
    for (const exp of [253_402_300_800, Number.MAX_SAFE_INTEGER, 1e300, -1, NOW + 0.5])
      expect(await refused(forge(HEADER, { ...claims, exp })), String(exp)).toBe("licence-malformed");
  });

  test("as malformed with a header or claims that are not strict JSON of the shape", async () => {
    const doubled = JSON.stringify(HEADER).replace("{", `{"kid":"x",`);
    for (const [why, token] of Object.entries({
      "a header that is a list": forge([], claims),
      "a header that is no JSON": forge("{", claims),
      "a kid twice": forge(doubled, claims),
      "no kid": forge({ alg: "EdDSA", typ: HEADER.typ }, claims),
      "claims that are no JSON": forge(HEADER, "{"),
      "claims that are a list": forge(HEADER, []),
      "claims that are null": forge(HEADER, "null"),
      "a level twice": forge(HEADER, JSON.stringify(claims).replace("{", '{"loa":"Root",')),
      "an unknown claim": forge(HEADER, { ...claims, admin: true }),
      "a missing claim": forge(HEADER, { ...claims, serial: undefined }),
      "a serial that is text": forge(HEADER, { ...claims, serial: "3" }),
      "an end before its beginning": forge(HEADER, { ...claims, exp: claims.nbf }),
      "an end after the year 9999": forge(HEADER, { ...claims, exp: 253_402_300_800 }),
      "a principal in capitals": forge(HEADER, { ...claims, sub: "Alice" }),
      "a scope that is no pattern": forge(HEADER, { ...claims, scope: ["mem*"] }),
      "a level that is a list": forge(HEADER, { ...claims, loa: ["Root"] }),
    })) {
      expect(await refused(token), why).toBe("licence-malformed");
    }
  });

  test("when its header brings a key or rules of its own", async () => {
    const own = signingKey(generateSeed());
    const extras = {
      jwk: jwkPublic(own.publicKey.raw),
      jku: "https://example.org",
      x5c: ["AA"],
      crit: ["exp"],
      b64: false,
      zip: "DEF",
    };
    for (const [name, value] of Object.entries(extras)) {
      expect(await refused(forge({ ...HEADER, [name]: value }, claims, own)), name).toBe("licence-malformed");
    }
  });

  test("by its algorithm, whatever it is: none, and HS256 with the public key as its secret", async () => {
    for (const alg of ["none", "HS256", "ES256", "Ed25519", "eddsa", "", null]) {
      expect(await refused(forge({ ...HEADER, alg }, claims)), String(alg)).toBe("licence-algorithm");
    }
    const signed = `${part({ ...HEADER, alg: "HS256" })}.${part(claims)}`;
    const mac = createHmac("sha256", issuer.publicKey.raw).update(signed).digest("base64url");
    expect(await refused(`${signed}.${mac}`)).toBe("licence-algorithm");
  });

  test("by its type: another kind of token that the same key signed is no licence", async () => {
    for (const typ of ["JWT", "sigil-grant", "SIGIL-LICENSE+JWT", undefined]) {
      expect(await refused(forge({ ...HEADER, typ }, claims)), String(typ)).toBe("licence-type");
    }
  });

  test("of an issuer that is not pinned, whatever kid it claims", async () => {
    const stranger = signingKey(generateSeed());
    expect(await refused(await issue({}, stranger))).toBe("licence-key-unknown");
    for (const kid of ["../issuer", "__proto__", ""]) {
      expect(await refused(forge({ ...HEADER, kid }, claims, stranger)), kid).toBe("licence-key-unknown");
    }
  });

  test("that one pinned issuer signed in the name of another", async () => {
    const second = signingKey(generateSeed());
    const issuers = new Map([issuer, second].map((key) => [key.kid, key.publicKey]));
    expect(await refused(await issue({ iss: issuer.kid }, second), { issuers })).toBe("licence-key-unknown");
  });

  test("by its signature when anything in it was changed", async () => {
    const stranger = signingKey(generateSeed());
    expect(await refused(forge(HEADER, claims, stranger))).toBe("licence-signature");
    const [head, , sig] = (await issue()).split(".");
    expect(await refused(`${head}.${part({ ...claims, loa: "Root" })}.${sig}`)).toBe("licence-signature");
  });

  test("by its signature before anything that it says is looked at", async () => {
    const bad = { ...claims, loa: "Admin", exp: 1, admin: true };
    expect(await refused(forge(HEADER, bad, signingKey(generateSeed())))).toBe("licence-signature");
  });

  test("of a level that does not exist", async () => {
    for (const loa of ["Admin", "root", ""]) {
      expect(await refused(forge(HEADER, { ...claims, loa })), loa).toBe("licence-level-unknown");
    }
  });

  test("of another runtime, and of this runtime's name with another genesis", async () => {
    expect(await refused(await issue(), { runtimeId: "r-2" })).toBe("licence-runtime-mismatch");
    expect(await refused(await issue(), { canonFingerprint: `sha256:${"cd".repeat(32)}` })).toBe(
      "licence-canon-mismatch",
    );
  });

  test("before it begins and after it ends, with 30 s for the clocks and not one more", async () => {
    const token = await issue({ iat: NOW, nbf: NOW, exp: NOW + 100 });
    expect(await refused(token, { now: at(NOW - 31) })).toBe("licence-not-yet-valid");
    expect((await verify(token, { now: at(NOW - 30) })).sub).toBe("alice");
    expect((await verify(token, { now: at(NOW + 129) })).sub).toBe("alice");
    expect(await refused(token, { now: at(NOW + 130) })).toBe("licence-expired");
    expect(await refused(await issue({ iat: NOW + 31 }))).toBe("licence-not-yet-valid");
    expect(await refused(token, { now: "soon" })).toBe("time-malformed");
  });

  test("that is bound to a key, without an envelope by that key", async () => {
    const holder = signingKey(generateSeed()).kid;
    const token = await issue({ cnf: { jkt: holder } });
    expect(await refused(token)).toBe("licence-possession");
    expect(await refused(token, { possession: issuer.kid })).toBe("licence-possession");
  });

  test("that the log does not hold, or holds as revoked", async () => {
    const token = await issue();
    expect(await refused(token, { recorded: () => "unrecorded" })).toBe("licence-unrecorded");
    expect(await refused(token, { recorded: () => "revoked" })).toBe("licence-revoked");
    const asked: string[] = [];
    await verify(token, {
      recorded: (jti) => {
        asked.push(jti);
        return "recorded";
      },
    });
    expect(asked).toEqual([claims.jti]);
  });

  test("that a newer one of its principal supersedes, and no other", async () => {
    const token = await issue();
    const highest = new Map([["alice", 4]]);
    expect(await refused(token, { highestSerial: (sub) => highest.get(sub) })).toBe("licence-superseded");
    for (const serial of [undefined, 0, 3]) {
      expect((await verify(token, { highestSerial: () => serial })).serial).toBe(3);
    }
  });

  test("outside its scope when an action is named", async () => {
    const token = await issue();
    expect((await verify(token, { action: "memory.write" })).sub).toBe("alice");
    expect(await refused(token, { action: "module.run" })).toBe("licence-out-of-scope");
  });

  test("in words that never hold the licence", async () => {
    const token = forge(HEADER, { ...claims, admin: "very-secret" });
    await expect(verify(token)).rejects.not.toThrow(token.slice(0, 20));
    await expect(verify(token)).rejects.not.toThrow("very-secret");
  });
});
