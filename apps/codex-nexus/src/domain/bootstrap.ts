import { newSalt, type RecordDraft } from "@sigil/canon";
import { checkPayload, ProblemError } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { admit } from "./admission.ts";
import type { AnchorFile } from "./anchor.ts";
import { type Clock, MonotonicClock, timestamp } from "./clock.ts";
import { StoreError } from "./error.ts";
import { LogHead } from "./head.ts";
import { createKek, KekRing } from "./kek.ts";
import { RootKeys, type StoreKeys } from "./keys.ts";
import { BatchPlan } from "./plan.ts";
import type { StoredPlace } from "./records.ts";
import type { Storage } from "./storage.ts";
import { Tips } from "./tips.ts";

export interface BootstrapInput {
  /** Payload of record 0. */
  readonly genesis: RecordDraft["payload"];
  /** Records that land with it, in this order. */
  readonly records: readonly RecordDraft[];
}

export interface Bootstrapped {
  /** Hash of record 0, which everything later is bound to. */
  readonly genesisHash: string;
  readonly checkpoint: string;
  readonly records: readonly StoredPlace[];
}

/**
 * Writes record 0 and the records that come with it as the first transaction of an empty store, and the first anchor.
 * Throws `store-not-empty` when the store holds anything or an anchor exists: a genesis happens once.
 */
export async function bootstrapStore(
  input: BootstrapInput,
  ground: { storage: Storage; anchor: AnchorFile; keys: StoreKeys; origin: string; clock: Clock },
): Promise<Bootstrapped> {
  const { storage, anchor, keys, origin, clock } = ground;
  if ((await storage.meta()) !== undefined) throw notEmpty("the database holds records");
  if ((await anchor.read()) !== undefined) throw notEmpty("an anchor of an earlier log exists");
  checkPayload("system.genesis", input.genesis);
  if (input.genesis.origin !== origin) {
    throw new StoreError(
      "bootstrap-invalid",
      `genesis names another origin than keys/registry.json: ${origin}`,
    );
  }
  if (input.records.length > 0) admit({ records: input.records });

  const createdAt = timestamp(clock());
  const root = new RootKeys(keys.root, origin);
  const kek = createKek(root, createdAt);
  const ring = new KekRing(root, [kek]);
  const tips = new Tips(storage, root, ring, () => keys.record.publicKey);
  const plan = new BatchPlan(
    { storage, root, ring, recordKey: keys.record, tips, clock: new MonotonicClock(clock, "") },
    0,
  );
  const planned = await plan.place({ records: [genesisDraft(input.genesis), ...input.records] });
  await plan.seal();
  const places = "placed" in planned ? plan.places(planned.placed) : [];
  const { head, nodes } = LogHead.empty(origin).append(plan.leafHashes, keys.log);
  await storage.commit({
    leaves: plan.leaves,
    nodes,
    checkpoint: head.checkpoint,
    idempotency: [],
    birth: { meta: { origin, epoch: 0, keyCheck: root.keyCheck, createdAt }, kek },
  });
  await anchor.write(head.checkpoint.note);
  return { genesisHash: places[0]?.hash ?? "", checkpoint: head.checkpoint.note, records: places };
}

function genesisDraft(payload: RecordDraft["payload"]): RecordDraft {
  return {
    id: uuidv7(),
    kind: "system.genesis",
    space: "system",
    stream: "system/genesis",
    loa: "Guest",
    author: { principal: "codex-nexus", loa: "Root" },
    links: [],
    salt: newSalt(),
    payload,
  };
}

function notEmpty(why: string): StoreError {
  return new StoreError("store-not-empty", `${why}; a genesis happens once`, {
    remedy: "Use an empty home, or start the runtime that is there.",
  });
}

/** What a bootstrap refuses of its input, as an error with one code. */
export function bootstrapRefusal(error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  return new StoreError("bootstrap-invalid", `${error.code}: ${error.detail}`, {
    cause: error,
    remedy: "Correct the draft that the message names.",
  });
}
