import { DOMAINS, signAuthored } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey, toBase64url } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { IssuerRegister } from "../../src/domain/credentials/issuer-register.ts";

const RUNTIME = "t-runtime";
const newKey = () => signingKey(generateSeed());
const [genesis, second, stranger] = [newKey(), newKey(), newKey()];
const register = () => new IssuerRegister(new Map([[genesis.kid, genesis.publicKey]]), RUNTIME);

function rotation(old: SigningKey, next: SigningKey, change: object = {}, domain = DOMAINS.issuer as never) {
  const statement = {
    ...{ v: 1 as const, runtimeId: RUNTIME, kid: next.kid },
    ...{ publicKey: toBase64url(next.publicKey.raw), replaces: old.kid },
    ...change,
  };
  const by = {
    old: signAuthored(domain, statement, old).sig,
    new: signAuthored(domain, statement, next).sig,
  };
  return { statement, by };
}
const record = (payload: object) => ({ kind: "issuer.change" as const, payload: payload as never });
const rotate = (signed: ReturnType<typeof rotation>) =>
  record({ change: "rotate", ...signed, mode: "solo", ts: "2026-11-25T09:00:00.000Z" });
const retire = (kid: string) =>
  record({ change: "retire", kid, reason: "rotation", mode: "solo", ts: "2026-11-25T09:00:00.000Z" });

const FORGED: readonly (readonly [string, () => ReturnType<typeof rotation>])[] = [
  ["no issuer in force has signed", () => rotation(stranger, second)],
  ["only claims to replace one in force", () => rotation(stranger, second, { replaces: genesis.kid })],
  ["was signed for another runtime", () => rotation(genesis, second, { runtimeId: "t-other" })],
  ["has the kid of another key", () => rotation(genesis, second, { kid: stranger.kid })],
  ["was signed under another domain", () => rotation(genesis, second, {}, DOMAINS.decision as never)],
  [
    "its own key has not signed",
    () => {
      const { statement, by } = rotation(genesis, second);
      return { statement, by: { ...by, new: signAuthored(DOMAINS.issuer, statement, stranger).sig } };
    },
  ],
];

describe("the register of issuers", () => {
  it("follows a rotation that a key in force signed, keeps both, and ends the one that is retired for good", () => {
    const issuers = register();
    issuers.absorb(rotate(rotation(genesis, second)));
    expect([...issuers.keys.keys()]).toEqual([genesis.kid, second.kid]);
    issuers.absorb(retire(genesis.kid));
    issuers.absorb(rotate(rotation(genesis, second)));
    expect([...issuers.keys.keys()]).toEqual([second.kid]);
    expect(issuers.state(genesis.kid)).toBe("retired");
  });

  it("keeps a retired issuer out although the record that brought it was lost", () => {
    const issuers = register();
    issuers.absorb(retire(second.kid));
    issuers.absorb(rotate(rotation(genesis, second)));
    expect([...issuers.keys.keys()]).toEqual([genesis.kid]);
    expect(issuers.list).toContainEqual({ kid: second.kid, publicKey: null, state: "retired" });
  });

  it.each(FORGED)("refuses a record with an issuer that %s, whoever wrote it into the store", (_, signed) => {
    const issuers = register();
    expect(() => issuers.absorb(rotate(signed()))).toThrow(
      expect.objectContaining({ code: "issuer-unproved" }),
    );
    expect([...issuers.keys.keys()]).toEqual([genesis.kid]);
  });

  it("takes nothing from an issuer that is retired", () => {
    const issuers = register();
    issuers.absorb(rotate(rotation(genesis, second)));
    issuers.absorb(retire(genesis.kid));
    expect(() => issuers.absorb(rotate(rotation(genesis, stranger)))).toThrow(
      expect.objectContaining({ code: "issuer-unproved" }),
    );
  });
});
