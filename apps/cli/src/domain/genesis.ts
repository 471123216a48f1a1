import { type Json, type Loa, newSalt, type RecordDraft, type TrustFile } from "@sigil/canon";
import { randomBytes, toHex } from "@sigil/crypto";
import { type LicenceClaims, policyDigest } from "@sigil/policy";
import type { CapabilityEntry, KeyEntry, SystemGenesis } from "@sigil/wire";
import type { Publisher, RunLimits } from "@sigil/wire/module-package";
import { v7 as uuidv7 } from "uuid";

/** A guidance text that a module rests on, as its package brings it. */
export interface GuidanceEntry {
  readonly slug: string;
  readonly title: string;
  readonly text: string;
  readonly source?: string;
  readonly tags: readonly string[];
}

/** What genesis registers of a module package. */
export interface ModulePackage {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
  readonly publisher: Publisher;
  readonly limits: RunLimits;
  readonly capabilities: readonly CapabilityEntry[];
  readonly guidance: readonly GuidanceEntry[];
}

/** The author of what the ceremony writes: no caller, no licence. */
const CEREMONY = { principal: "genesis", loa: "Root" } as const;

/** 128 random bits in hex: the name of this runtime for ever, also across a restore. */
export function newRuntimeId(): string {
  return toHex(randomBytes(16));
}

/** The origin of a runtime's log, in C2SP's schema-less form. */
export function originOf(runtimeId: string): string {
  return `sigil.local/log/${runtimeId}`;
}

/** The payload of record 0. */
export function genesisPayload(
  runtimeId: string,
  keys: readonly KeyEntry[],
  modules: readonly ModulePackage[],
  createdAt: string,
): SystemGenesis {
  return {
    runtimeId,
    origin: originOf(runtimeId),
    mode: "solo",
    keys: [...keys],
    modules: modules.map(({ id, version, digest, publisher, limits, capabilities }) => ({
      ...{ id, version, digest, publisher: publisher.kid, limits },
      capabilities: [...capabilities],
    })),
    publishers: publishersOf(modules),
    policy: policyDigest(),
    createdAt,
  };
}

/** Whoever signed a module that is built in. Genesis pins them under one name: what they have in common is this build. */
function publishersOf(modules: readonly ModulePackage[]): NonNullable<SystemGenesis["publishers"]> {
  const byKid = new Map(modules.map(({ publisher }) => [publisher.kid, publisher]));
  return [...byKid.values()].map((publisher) => ({ name: "built-in", ...publisher }));
}

function draft(
  fields: Pick<RecordDraft, "kind" | "stream" | "loa"> & { payload: { [key: string]: Json } },
): RecordDraft {
  return { id: uuidv7(), space: "system", author: CEREMONY, links: [], salt: newSalt(), ...fields };
}

/** The guidance of a module as canon entries that an Observer may read, one stream per entry. */
export function guidanceDrafts(modules: readonly ModulePackage[]): RecordDraft[] {
  return modules.flatMap(({ guidance }) =>
    guidance.map(({ slug, title, text, source, tags }) =>
      draft({
        kind: "canon.entry",
        stream: `system/canon/${slug}`,
        loa: "Observer",
        payload: { slug, title, text, ...(source === undefined ? {} : { source }), tags: [...tags] },
      }),
    ),
  );
}

/** A licence before the hash of genesis is known: everything but its binding to it. */
export type UnboundClaims = Omit<LicenceClaims, "bindings">;

const DAY = 86_400;

/** The days that a licence of the ceremony lives; `sigil doctor` warns before they are over. */
export const CEREMONY_DAYS = 365;

/** Claims of a licence from now on. Times are seconds. */
export function claimsFor(options: {
  principal: string;
  loa: Loa;
  scope: readonly string[];
  owner: { readonly id: string; readonly name: string };
  issuer: string;
  serial: number;
  days: number;
  now: Date;
}): UnboundClaims {
  const now = Math.floor(options.now.getTime() / 1000);
  return {
    iss: options.issuer,
    sub: options.principal,
    jti: uuidv7(),
    serial: options.serial,
    iat: now,
    nbf: now,
    exp: now + options.days * DAY,
    owner: options.owner,
    loa: options.loa,
    scope: [...options.scope],
  };
}

/** The record that makes a licence of the ceremony count. The licence itself is a secret and is recorded nowhere. */
export function licenceDraft(claims: UnboundClaims, issuerKid: string): RecordDraft {
  const { jti, sub, loa, serial, exp, scope } = claims;
  return draft({
    kind: "license.issue",
    stream: `system/licence/${jti}`,
    loa: "Observer",
    payload: { jti, sub, loa, serial, exp, scope: [...scope], issuer: issuerKid },
  });
}

/** What an offline verifier pins: every public key that signs, from leaf 0 on, and the hash of record 0. */
export function trustFile(runtimeId: string, keys: readonly KeyEntry[], genesis: string): TrustFile {
  const origin = originOf(runtimeId);
  const pinned = (service: KeyEntry["service"], purpose: KeyEntry["purpose"]) =>
    keys
      .filter((key) => key.service === service && key.purpose === purpose)
      .map(({ kid, publicKey }) => ({ kid, publicKey, from: 0, to: null }));
  return {
    v: 1,
    type: "sigil-trust",
    runtimeId,
    origin,
    epochs: [{ epoch: 0, origin, from: 0 }],
    keys: {
      log: pinned("codex-nexus", "log"),
      record: pinned("codex-nexus", "record"),
      sigilderg: pinned("sigilderg", "service"),
      mmf: pinned("mmf", "service"),
      issuer: pinned("issuer", "issuer"),
    },
    genesis,
    quorum: { mode: "solo", ceremony: null },
  };
}
