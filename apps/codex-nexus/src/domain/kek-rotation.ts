import { setImmediate } from "node:timers/promises";
import { ProblemError } from "@sigil/wire";
import { timestamp } from "./clock.ts";
import { createKek, type KekRing } from "./kek.ts";
import type { RootKeys } from "./keys.ts";
import { rewrapDek } from "./seal.ts";
import type { KekUse, Storage } from "./storage.ts";

/** Keys that are wrapped anew in one transaction: writers wait no longer than for a batch of their own. */
const STEP = 256;

export interface RotationGround {
  readonly storage: Storage;
  readonly root: RootKeys;
  readonly ring: KekRing;
  /** Runs a job while no batch is under way. */
  readonly between: <T>(job: () => Promise<T>) => Promise<T>;
  readonly failed: (error: unknown) => void;
}

/**
 * Rotation of the key-encryption key beside reading and writing: new records are sealed under the new KEK at once, the
 * keys of the others are wrapped anew batch by batch, then the old KEK is destroyed. Ciphertexts, leaves and hashes are
 * not touched. How far it came is stored with every batch, so that it goes on after a crash.
 */
export class KekRotation {
  readonly #ground: RotationGround;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(ground: RotationGround) {
    this.#ground = ground;
  }

  /** Records per KEK, wrappings so far, and how far a rotation came. */
  uses(): Promise<KekUse[]> {
    return this.#ground.storage.kekUses();
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Begins a rotation and returns the id of the new KEK. Throws `rotation-running` while one is under way. */
  async begin(now: number): Promise<string> {
    const { storage, root, ring, between } = this.#ground;
    if (this.running) throw new ProblemError("rotation-running", "keys are being wrapped anew");
    const kek = createKek(root, timestamp(now));
    // Between two batches: none is sealed under the one key and committed after the other became active.
    await between(async () => {
      await storage.addKek(kek);
      ring.adopt(root, kek);
    });
    this.resume();
    return kek.id;
  }

  /** Goes on with a rotation that was interrupted; does nothing when there is none. */
  resume(): void {
    if (this.running || this.#stopped || this.#ground.ring.ids.length < 2) return;
    this.#running = this.#run()
      .catch(this.#ground.failed)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when no rotation is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Ends after the batch under way; `resume` of the next process goes on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { storage, ring, between } = this.#ground;
    const { id } = ring.active;
    let walked = (await storage.kekUses()).find((use) => use.id === id)?.walked ?? 0;
    for (;;) {
      if (this.#stopped) return;
      const next = await between(() => this.#step(id, walked));
      if (next === undefined) break;
      walked = next;
      await setImmediate();
    }
    for (const other of ring.ids.filter((each) => each !== id)) {
      // False while a key stands under it: one that did not open, which `verify` names.
      if (await between(() => storage.destroyKek(other))) ring.forget(other);
    }
    // The destroyed key, and what was wrapped under it, may still lie in the engine's files.
    await between(() => storage.scrub());
  }

  async #step(kekId: string, from: number): Promise<number | undefined> {
    const { storage, root, ring } = this.#ground;
    const rows = await storage.wrappedKeys(from, STEP);
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    const keys = rows.flatMap((row) => {
      const after = row.kekId === kekId ? undefined : rewrapDek(row, root.origin, ring);
      return after === undefined || row.wrappedDek === null
        ? []
        : [{ index: row.index, before: row.wrappedDek, after }];
    });
    await storage.rewrap(kekId, keys, last.index + 1);
    return last.index + 1;
  }
}
