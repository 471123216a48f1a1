import { fromBase64url, fromUtf8, toBase64url, utf8 } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { type Grant, mintGrant, verifyGrant } from "../src/envelope/grant.ts";
import { codeThrownBy, NOW, newSigningKey } from "./fixtures.ts";

const key = newSigningKey();
const holder = newSigningKey().kid;
const seconds = NOW / 1000;
const grant: Grant = {
  v: 1,
  run: "01890000-0000-7000-8000-000000000001",
  decision: "01890000-0000-7000-8000-000000000002",
  principal: "alice",
  jti: "licence-1",
  loa: "Operator",
  moduleDigest: `sha256:${"a".repeat(64)}`,
  capabilities: [{ name: "memory.write", scope: { streams: ["memory/alice"] } }],
  levels: { "memory.write": "Operator" },
  quotas: { cpuMs: 500, wallMs: 10_000, memoryBytes: 33_554_432, hostCalls: 64 },
  hkid: holder,
  iat: seconds,
  exp: seconds + 60,
};
const check = (header: string | undefined, now = NOW, who = holder) =>
  verifyGrant(header, key.publicKey, { now, holder: who });

describe("a run grant", () => {
  it("comes back as it was minted, to its holder and in its time", () => {
    expect(check(mintGrant(grant, key))).toEqual(grant);
  });
  it("is refused by name: missing, malformed, forged, too early, too late, another holder's", () => {
    const header = mintGrant(grant, key);
    const [head, tail] = header.split(".") as [string, string];
    const wider = toBase64url(utf8(fromUtf8(fromBase64url(head)).replace('"Operator"', '"Root"')));
    const spaced = toBase64url(utf8(` ${fromUtf8(fromBase64url(head))}`));
    expect({
      missing: codeThrownBy(() => check(undefined)),
      onePart: codeThrownBy(() => check(head)),
      spaced: codeThrownBy(() => check(`${spaced}.${tail}`)),
      wider: codeThrownBy(() => check(`${wider}.${tail}`)),
      otherKey: codeThrownBy(() => check(mintGrant(grant, newSigningKey()))),
      early: codeThrownBy(() => check(header, NOW - 31_000)),
      late: codeThrownBy(() => check(header, NOW + 91_000)),
      otherHolder: codeThrownBy(() => check(header, NOW, newSigningKey().kid)),
    }).toEqual({
      missing: "grant-missing",
      onePart: "grant-malformed",
      spaced: "grant-malformed",
      wider: "grant-signature",
      otherKey: "grant-signature",
      early: "grant-future",
      late: "grant-expired",
      otherHolder: "grant-holder",
    });
  });
});
