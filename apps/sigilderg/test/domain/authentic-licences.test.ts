import { generateSeed, signingKey } from "@sigil/crypto";
import { issueLicence, type LicenceClaims } from "@sigil/policy";
import { describe, expect, it } from "vitest";
import { AuthenticLicences } from "../../src/domain/credentials/authentic-licences.ts";
import { resolveCaller } from "../../src/domain/credentials/caller.ts";
import { LicenceRegister } from "../../src/domain/credentials/licence-register.ts";

const issuer = signingKey(generateSeed());
const issuers = new Map([[issuer.kid, issuer.publicKey]]);
const fingerprint = `sha256:${"a".repeat(64)}`;
const START = 1_795_435_200;

const claims = (change: Partial<LicenceClaims> = {}): LicenceClaims => ({
  iss: issuer.kid,
  sub: "alice",
  jti: "l-1",
  serial: 1,
  iat: START,
  nbf: START,
  exp: START + 3600,
  owner: { id: "alice", name: "alice" },
  loa: "Operator",
  scope: ["*"],
  bindings: { runtimeId: "r-1", canonFingerprint: fingerprint },
  ...change,
});

function ground() {
  const licences = new LicenceRegister();
  const record = (change: Partial<LicenceClaims> = {}) => {
    const { jti, sub, loa, serial, exp, scope, iss } = claims(change);
    licences.absorb({ kind: "license.issue", payload: { jti, sub, loa, serial, exp, scope, issuer: iss } });
  };
  record();
  const authentic = new AuthenticLicences();
  const resolve = (token: string, seconds = START + 1) =>
    resolveCaller(token, {
      ...{ issuers, authentic, licences },
      genesis: { runtimeId: "r-1", fingerprint, mode: "solo" } as never,
      now: new Date(seconds * 1000).toISOString(),
    }).then(
      ({ caller }) => caller.principal,
      (error: { code: string }) => error.code,
    );
  return { licences, authentic, record, resolve };
}

describe("a licence that was verified before", () => {
  it("is refused from the moment of its revocation, its end or its successor on", async () => {
    const token = await issueLicence(claims(), issuer);
    const { licences, record, resolve, authentic } = ground();
    expect(await resolve(token)).toBe("alice");
    expect(await resolve(token)).toBe("alice");
    expect(authentic.size).toBe(1);
    expect(await resolve(token, START + 3600 + 31)).toBe("licence-expired");
    record({ jti: "l-2", serial: 2 });
    expect(await resolve(token)).toBe("licence-superseded");
    licences.absorb({ kind: "license.revoke", payload: { jti: "l-1", reason: "lost" } });
    expect(await resolve(token)).toBe("licence-revoked");
  });

  it("counts no longer when its issuer's key is not pinned any more, or another one under its name", async () => {
    const token = await issueLicence(claims(), issuer);
    const authentic = new AuthenticLicences();
    await authentic.claimsOf(token, issuers);
    await expect(authentic.claimsOf(token, new Map())).rejects.toMatchObject({ code: "licence-key-unknown" });
    const other = new Map([[issuer.kid, signingKey(generateSeed()).publicKey]]);
    await expect(authentic.claimsOf(token, other)).rejects.toMatchObject({ code: "licence-signature" });
  });

  it("is the same only byte by byte", async () => {
    const token = await issueLicence(claims(), issuer);
    const authentic = new AuthenticLicences();
    await authentic.claimsOf(token, issuers);
    for (const other of [`${token} `, `${token}=`, token.slice(0, -2), token.replace(".", "..")])
      await expect(authentic.claimsOf(other, issuers)).rejects.toMatchObject({ name: "PolicyError" });
    expect(authentic.size).toBe(1);
  });

  it("takes no memory without a pinned issuer's signature, and never more than the capacity", async () => {
    const authentic = new AuthenticLicences(2);
    const stranger = signingKey(generateSeed());
    const forged = await issueLicence(claims({ iss: stranger.kid }), stranger);
    await expect(authentic.claimsOf(forged, issuers)).rejects.toMatchObject({ code: "licence-key-unknown" });
    expect(authentic.size).toBe(0);
    for (const jti of ["a", "b", "c"])
      await authentic.claimsOf(await issueLicence(claims({ jti }), issuer), issuers);
    expect(authentic.size).toBe(2);
  });
});
