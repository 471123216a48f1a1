// Homes with a bootstrapped store, and the real program on them, as an operator runs it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAINS, type RecordDraft, signAuthored, type TrustFile } from "@sigil/canon";
import { toBase64url } from "@sigil/crypto";
import type { ErasureBody } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { afterEach, expect } from "vitest";
import type { StoredPlace } from "../../src/domain/records.ts";
import { entry, memory } from "./drafts.ts";
import { type TestHome, temporaryHome } from "./home.ts";
import { command, type Output, type Served } from "./process.ts";
import { bootstrapped, opened, pinnedOf } from "./store.ts";

export const homes: TestHome[] = [];
export const running: Served[] = [];
afterEach(async () => {
  for (const served of running.splice(0)) await served.stop("SIGKILL");
  for (const home of homes.splice(0)) home.remove();
});

/** A bootstrapped home with its trust file, gone after the test. */
export async function newHome(): Promise<TestHome> {
  const home = await foundedHome();
  homes.push(home);
  return home;
}

/** The same for several tests, which change nothing in it: whoever made it removes it. */
export async function foundedHome(): Promise<TestHome> {
  const home = temporaryHome();
  // In this process: what the program makes of it is process.test.ts's.
  const genesisHash = await bootstrapped(home, [entry("unwrap", "Do not unwrap.")]);
  const { issuer } = home.keys;
  const pin = [{ kid: issuer.kid, publicKey: toBase64url(issuer.publicKey.raw), from: 0, to: null }];
  const trust: TrustFile = {
    v: 1,
    type: "sigil-trust",
    runtimeId: home.runtimeId,
    origin: home.origin,
    epochs: [{ epoch: 0, origin: home.origin, from: 0 }],
    keys: { ...pinnedOf(home), issuer: pin },
    genesis: genesisHash,
    quorum: { mode: "solo", ceremony: null },
  };
  writeFileSync(join(home.folder, "trust.json"), JSON.stringify(trust), { mode: 0o600 });
  return home;
}

/** Appends in this process, with the store to itself. */
export async function write(home: TestHome, ...records: RecordDraft[]): Promise<StoredPlace[]> {
  const store = await opened(home);
  try {
    return [...(await store.nexus.append({ records })).records];
  } finally {
    await store.close();
  }
}

export const answer = ({ code, stdout, stderr }: Output) => {
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
};
export const codeOf = ({ code, stderr }: Output) => [
  code,
  JSON.parse(stderr.trim().split("\n").at(-1) ?? "{}").code,
];
export const trustOf = (home: TestHome): TrustFile =>
  JSON.parse(readFileSync(join(home.folder, "trust.json"), "utf8"));

export function receipt(home: TestHome, { id, index, hash }: StoredPlace): RecordDraft {
  const decision = uuidv7();
  const ts = "2026-11-22T12:00:00.000Z";
  const targets = [{ id, index, hash }];
  const body: ErasureBody = { decision, principal: "alice", complete: false, targets, backups: [], ts };
  return memory("", {
    kind: "record.erased",
    space: "system",
    stream: `erasure/${decision}`,
    author: { principal: "alice", loa: "Operator", decision },
    payload: signAuthored(
      DOMAINS.erasure,
      body,
      home.keys.sigilderg.service,
    ) as unknown as RecordDraft["payload"],
  });
}

/** A client key is revoked, an issuer retired. */
export function taken(kid: string): RecordDraft[] {
  const ts = "2026-11-22T12:00:00.000Z";
  const common = { kid, reason: "lost", mode: "solo", ts } as const;
  return [
    memory("", {
      kind: "client-key.change",
      space: "system",
      stream: "system/client-keys",
      payload: { change: "revoke", principal: "bob", ...common },
    }),
    memory("", {
      kind: "issuer.change",
      space: "system",
      stream: "system/issuers",
      payload: { change: "retire", ...common },
    }),
  ];
}

/** A client key takes the place of another. */
export const replacedKey = (replaces: string, kid: string) =>
  memory("", {
    kind: "client-key.change",
    space: "system",
    stream: "system/client-keys",
    payload: {
      ...{ change: "rotate", principal: "bob", kid, publicKey: kid, routes: ["*"], replaces, mode: "solo" },
      ...{ ends: "2026-11-22T13:00:00.000Z", ts: "2026-11-22T12:00:00.000Z" },
    },
  });

/** A licence of `root`, Root unless changed, of an issuer. */
export const licensed = (issuer: string, change: { jti?: string; serial?: number; loa?: string } = {}) =>
  memory("", {
    kind: "license.issue",
    space: "system",
    stream: `license/${change.jti ?? "licence-0"}`,
    payload: {
      ...{ jti: "licence-0", sub: "root", loa: "Root", serial: 1, exp: 4_000_000_000, scope: ["*"], issuer },
      ...change,
    },
  });

export const revoked = (jti: string) =>
  memory("", {
    kind: "license.revoke",
    space: "system",
    stream: `license/${jti}`,
    payload: { jti, sub: "bob", reason: "lost" },
  });

export async function backup(home: TestHome, name = "backup.db"): Promise<string> {
  const file = join(home.folder, name);
  answer(await command(home, ["backup", "--file", file]));
  return file;
}
