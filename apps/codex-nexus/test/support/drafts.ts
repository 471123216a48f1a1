import { DOMAINS, newSalt, type RecordDraft, signAuthored } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { v7 as uuidv7 } from "uuid";
import type { TestHome } from "./home.ts";

/** A note of alice's. */
export function memory(text: string, fields: Partial<RecordDraft> = {}): RecordDraft {
  return {
    id: uuidv7(),
    kind: "memory.block",
    space: "user",
    stream: "memory/alice",
    loa: "Observer",
    author: { principal: "alice", loa: "Operator" },
    links: [],
    salt: newSalt(),
    payload: { type: "episodic", text, tags: [], visibility: "private" },
    ...fields,
  };
}

/** A note with tags. */
export function tagged(text: string, tags: string[], fields: Partial<RecordDraft> = {}): RecordDraft {
  return memory(text, { payload: { type: "episodic", text, tags, visibility: "private" }, ...fields });
}

/** A guidance entry in system space. */
export function entry(slug: string, text: string, fields: Partial<RecordDraft> = {}): RecordDraft {
  return memory(text, {
    kind: "canon.entry",
    space: "system",
    stream: `system/canon/${slug}`,
    payload: { slug, title: slug, text, tags: ["guidance"] },
    ...fields,
  });
}

/** An outcome, signed by `key` as SigilDERG signs it. */
export function outcome(decision: string, key: SigningKey): RecordDraft {
  const body = { decision, status: "done", effects: [], ts: "2026-11-22T12:00:00.000Z" };
  return memory("", {
    kind: "decision.outcome",
    space: "system",
    stream: `decision/${decision}`,
    author: { principal: "alice", loa: "Operator", decision },
    payload: signAuthored(DOMAINS.outcome, body, key) as unknown as RecordDraft["payload"],
  });
}

/** The genesis payload of a home. */
export function genesisOf(home: TestHome): RecordDraft["payload"] {
  return {
    runtimeId: home.runtimeId,
    origin: home.origin,
    mode: "solo",
    keys: home.registry.map((key) => ({ ...key })),
    modules: [],
    policy: `sha256:${"0".repeat(64)}`,
    createdAt: "2026-11-22T12:00:00.000Z",
  };
}
