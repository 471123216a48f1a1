import type { TrustFile } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey, toBase64url } from "@sigil/crypto";
import { ACTIONS, type ActionRow, issueLicence, type Loa, makePolicy, TRUST_MODEL } from "@sigil/policy";
import { describe, expect, test } from "vitest";
import { allCommands } from "../src/commands/index.ts";
import type { Licence } from "../src/domain/licence-choice.ts";
import { decidedAtDoor, decideHere, needsLicenceHere } from "../src/domain/local-decision.ts";
import type { Needs } from "../src/domain/needs.ts";

const NOW = new Date("2026-11-25T12:00:00.000Z");
const GENESIS = `sha256:${"a".repeat(64)}`;
const issuer = signingKey(generateSeed());

const trust: TrustFile = {
  v: 1,
  type: "sigil-trust",
  runtimeId: "r-1",
  origin: "sigil.local/log/r-1",
  epochs: [{ epoch: 0, origin: "sigil.local/log/r-1", from: 0 }],
  keys: {
    log: [],
    record: [],
    sigilderg: [],
    mmf: [],
    issuer: [{ kid: issuer.kid, publicKey: toBase64url(issuer.publicKey.raw), from: 0, to: null }],
  },
  genesis: GENESIS,
  quorum: { mode: "solo", ceremony: null },
};

async function licence(loa: Loa, scope = ["*"], by: SigningKey = issuer): Promise<Licence> {
  const iat = NOW.getTime() / 1000 - 60;
  const claims = {
    iss: by.kid,
    sub: "alice",
    jti: "l-1",
    serial: 1,
    iat,
    nbf: iat,
    exp: iat + 3600,
    owner: { id: "alice", name: "alice" },
    loa,
    scope,
    bindings: { runtimeId: "r-1", canonFingerprint: GENESIS },
  };
  return { name: "alice", token: await issueLicence(claims, by), claims };
}

const decided = (given: Licence | undefined, action = "store.backup") =>
  decideHere(action, { licence: given, trust, now: NOW }).then(
    () => "allowed",
    (error: { code: string }) => error.code,
  );

describe("a command that runs on this machine", () => {
  test("is every one whose action the door has no route for, and no other", () => {
    const all = allCommands({} as Needs, {} as Needs);
    const here = all.filter(({ action }) => needsLicenceHere(action)).map(({ path }) => path);
    expect(here).toEqual(["selftest", "store backup", "store restore", "store migrate"]);
    expect(decidedAtDoor("memory.write")).toBe(true);
  });

  test("asks the same decide(): the level, the scope and the reasons are the table's", async () => {
    expect(await decided(await licence("Root"))).toBe("allowed");
    expect(await decided(await licence("Mentor"))).toBe("level-too-low");
    expect(await decided(await licence("Root", ["memory.*"]))).toBe("out-of-scope");
    expect(await decided(undefined)).toBe("action-denied");
    await expect(
      decideHere("store.backup", { licence: await licence("Mentor"), trust, now: NOW }),
    ).rejects.toThrow("have Mentor, store.backup needs Root");
    expect(await decided(undefined, "local.run")).toBe("allowed");
  });

  test("is decided by the table in force, where the runtime says what that is", async () => {
    const rows = ACTIONS.map((row) => (row.action === "memory.write" ? { ...row, least: "Mentor" } : row));
    const policy = makePolicy(rows as ActionRow[], TRUST_MODEL);
    const ground = { licence: await licence("Operator"), trust, now: NOW };
    await expect(decideHere("memory.write", ground)).resolves.toBeUndefined();
    await expect(decideHere("memory.write", { ...ground, policy })).rejects.toThrow(
      "memory.write needs Mentor",
    );
  });

  test("believes no licence but one of a pinned issuer, of this runtime, in time", async () => {
    expect(await decided(await licence("Root", ["*"], signingKey(generateSeed())))).toBe("licence-refused");
    const token = await licence("Root");
    const elsewhere = { ...trust, runtimeId: "r-2" };
    const later = new Date(NOW.getTime() + 7_200_000);
    for (const ground of [
      { licence: token, trust: elsewhere, now: NOW },
      { licence: token, trust, now: later },
      { licence: token, trust: undefined, now: NOW },
    ])
      await expect(decideHere("store.backup", ground)).rejects.toMatchObject({ code: "licence-refused" });
  });
});
