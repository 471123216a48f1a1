import { generateSeed, signingKey } from "@sigil/crypto";
import { decide, issueLicence, type LicenceClaims, verifyLicence } from "@sigil/policy";
import { AuthenticLicences } from "../../../../apps/sigilderg/src/domain/credentials/authentic-licences.ts";
import { presentedLicence, resolveCaller } from "../../../../apps/sigilderg/src/domain/credentials/caller.ts";
import { LicenceRegister } from "../../../../apps/sigilderg/src/domain/credentials/licence-register.ts";
import { type Line, measure, type Scale } from "../../measure.ts";
import { cedarOfTheTable } from "./cedar.ts";
import { questions } from "./questions.ts";

const NOW = "2026-11-25T12:00:00.000Z";

/** What a decision and a licence check cost, without a network. */
export async function* inProcess(scale: Scale): AsyncGenerator<Line> {
  const asked = questions();
  const decideAll = () => {
    for (const { action, caller, facts } of asked) decide(action, caller, facts, NOW);
  };
  const decided = asked.map(({ action, caller, facts }) => decide(action, caller, facts, NOW));
  yield await measure({
    ...scale,
    suite: "gate",
    case: "decide",
    unit: "us",
    batch: asked.length,
    baseline: "JSON.stringify of the same decision",
    run: decideAll,
    runBaseline: () => {
      for (const decision of decided) JSON.stringify(decision);
    },
  });

  const cedar = cedarOfTheTable();
  const scored = asked.map((question, i) => ({ question, score: decided[i]?.trust?.score ?? 1 }));
  scored.forEach(({ question, score }, i) => {
    if (cedar(question, score) !== (decided[i]?.verdict === "allow"))
      throw new Error(`Cedar and Sigil answer ${JSON.stringify(question)} differently`);
  });
  yield await measure({
    ...scale,
    suite: "gate",
    case: "decide-vs-cedar",
    batch: asked.length,
    baseline: "cedar-wasm, the same table pre-parsed, the score given",
    run: decideAll,
    runBaseline: () => {
      for (const { question, score } of scored) cedar(question, score);
    },
  });
  yield await licenceWarm(scale);
}

/** How many checks one timed operation makes: one alone is near the resolution of the clock. */
const CHECKS = 64;

async function licenceWarm(scale: Scale): Promise<Line> {
  const issuer = signingKey(generateSeed());
  const issuers = new Map([[issuer.kid, issuer.publicKey]]);
  const genesis = { runtimeId: "bench", fingerprint: `sha256:${"0".repeat(64)}`, mode: "solo" } as const;
  const iat = Date.parse(NOW) / 1000 - 60;
  const claims: LicenceClaims = {
    ...{
      iss: issuer.kid,
      sub: "alice",
      jti: "l-1",
      serial: 1,
      iat,
      nbf: iat,
      exp: iat + 3600,
      loa: "Operator",
    },
    owner: { id: "alice", name: "Alice" },
    scope: ["*"],
    bindings: { runtimeId: genesis.runtimeId, canonFingerprint: genesis.fingerprint },
  };
  const header = Buffer.from(`Bearer ${await issueLicence(claims, issuer)}`);
  const licences = new LicenceRegister();
  const { jti, sub, serial } = claims;
  licences.absorb({ kind: "license.issue", payload: { jti, sub, serial } });
  const authentic = new AuthenticLicences();
  const check = () => {
    // A string of its own each time, as a request brings it: its hash is not remembered.
    const token = presentedLicence([header.toString("latin1")]);
    return resolveCaller(token, { ...{ issuers, authentic, licences, now: NOW }, genesis: genesis as never });
  };
  const ground = { issuers, runtimeId: "bench", canonFingerprint: genesis.fingerprint, now: NOW };
  const line = await measure({
    ...scale,
    suite: "gate",
    case: "licence-warm",
    unit: "us",
    batch: CHECKS,
    baseline: "the same check without a memory: form, signature with jose, claims",
    run: async () => {
      for (let i = 0; i < CHECKS; i += 1) await check();
    },
    runBaseline: async () => {
      for (let i = 0; i < CHECKS; i += 1)
        await verifyLicence(header.toString("latin1").slice(7), { ...ground, recorded: () => "recorded" });
    },
  });
  licences.absorb({ kind: "license.revoke", payload: { jti } });
  const after = await check().then(
    () => "accepted",
    (error: { code?: string }) => error.code,
  );
  if (after !== "licence-revoked") throw new Error(`a revoked licence was ${after} by the very next check`);
  return line;
}
