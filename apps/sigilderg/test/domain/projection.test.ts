import { type PinnedKey, parseTrustFile, recordHash } from "@sigil/canon";
import { generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import { Projection } from "../../src/domain/records/projection.ts";
import type { RecordPage } from "../../src/domain/records/store.ts";
import { MemoryStore } from "../memory-store.ts";

const licence = (jti: string) =>
  draft({
    kind: "license.issue",
    space: "system",
    stream: `system/licence/${jti}`,
    loa: "Observer",
    author: { principal: "rita", loa: "Root" },
    payload: { jti, sub: "alice", loa: "Operator", serial: 1, exp: 1, scope: ["*"], issuer: "k" },
  });

const pin = (): PinnedKey => {
  const { kid, publicKey } = signingKey(generateSeed());
  return { kid, publicKey: toBase64url(publicKey.raw), from: 0, to: null };
};

/** What bootstrap writes for a runtime with this record 0. */
function trustFile(genesis: string) {
  const origin = "sigil.local/log/here";
  const keys = { log: [pin()], record: [pin()], sigilderg: [pin()], mmf: [pin()], issuer: [pin()] };
  return parseTrustFile(
    JSON.stringify({
      ...{ v: 1, type: "sigil-trust", runtimeId: "here", origin, keys, genesis },
      epochs: [{ epoch: 0, origin, from: 0 }],
      quorum: { mode: "solo", ceremony: null },
    }),
  );
}

/** Lets something happen after a page was read and before its reader has it. */
class SlowStore extends MemoryStore {
  meanwhile = (): void => {};

  override async query(...asked: Parameters<MemoryStore["query"]>): Promise<RecordPage> {
    const page = await super.query(...asked);
    this.meanwhile();
    return page;
  }
}

describe("the memory of the records that decide", () => {
  it("keeps a licence that is recorded while the records are read again", async () => {
    const store = new SlowStore(signingKey(generateSeed()));
    const genesis = draft({
      kind: "system.genesis",
      space: "system",
      stream: "system/genesis",
      loa: "Observer",
      author: { principal: "bootstrap", loa: "Root" },
      payload: { runtimeId: "here", mode: "solo", modules: [] },
    });
    await store.append({ records: [genesis, licence("one")] }, SERVICE_AUTHORITY);
    const [first] = store.records;
    if (first === undefined) throw new Error("nothing was appended");
    const projection = new Projection(trustFile(recordHash(first)));
    store.meanwhile = () => projection.absorb(licence("two"));
    await projection.rebuild(store);
    expect(["one", "two", "three"].map((jti) => projection.licences.state(jti))).toEqual([
      "recorded",
      "recorded",
      "unrecorded",
    ]);
  });
});
