import { availableParallelism } from "node:os";
import { aeadKeyObject, hasNodeKeyObject, nodeKeyObject, type SigningKey } from "@sigil/crypto";
import type { Placed, Sealed, SealingKeys } from "../domain/seal.ts";
import { type Sealer, sealsHere } from "../domain/sealer.ts";
import { type PackedRecords, packRecords, type SealAnswer, unpackSealed } from "./sealing.ts";
import { Thread } from "./thread.ts";

/** A thread is given at least so many records: to hand over fewer costs more than their share of a core gains. */
const LEAST = 12;
const MOST_THREADS = 4;

/**
 * Seals a batch on every core, up to four, each with one part of it that is handed over whole; a few records where it is called.
 * A thread that dies refuses its batch, of which nothing is stored then; the next begins another.
 */
export class SealThreads implements Sealer {
  readonly #threads = Array.from(
    { length: Math.min(MOST_THREADS, availableParallelism()) },
    () => new Thread<PackedRecords, SealAnswer>("seal-thread", "seal"),
  );

  async seal(records: readonly Placed[], keys: SealingKeys): Promise<readonly Sealed[]> {
    const parts = Math.min(this.#threads.length, Math.floor(records.length / LEAST));
    const key = keys.record as SigningKey;
    // A key that Node does not hold signs where it is.
    if (parts === 0 || !hasNodeKeyObject(key)) return sealsHere.seal(records, keys);
    const given = {
      origin: keys.origin,
      recordKey: { kid: key.kid, object: nodeKeyObject(key) },
      kek: { id: keys.kek.id, object: aeadKeyObject(keys.kek.key) },
    };
    const size = Math.ceil(records.length / parts);
    const sealed = await Promise.all(
      this.#threads.slice(0, parts).map(async (thread, part) => {
        const packed = packRecords(records.slice(part * size, (part + 1) * size), given);
        const answer = await thread.ask(packed, [packed.bytes.buffer]);
        if ("failed" in answer) throw new Error(answer.failed);
        return unpackSealed(answer);
      }),
    );
    return sealed.flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}
