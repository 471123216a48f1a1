import { newSalt, type RecordDraft, type RotatedRole, signRotation } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { timestamp } from "./clock.ts";
import type { Cosigning } from "./cosign/cosigning.ts";
import type { StoredPlace } from "./records.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { Writer } from "./writer.ts";

/** A rotation that is recorded: where, and which key signs from there on. */
export interface RotatedKey {
  readonly draft: RecordDraft;
  readonly place: StoredPlace;
  readonly kid: string;
  readonly from: number;
}

/**
 * Replaces the record or the log key by a fresh one, beside everything that goes on. The new key is on disk before the
 * record that names it is written; that record, the last leaf of the old key, is signed by both and lands in a batch of its
 * own; then, before any other, the files of the home follow. Whatever is interrupted is finished, or undone, by the next
 * start, as the log says.
 */
export class KeyRotation {
  readonly #keys: SigningKeys;
  readonly #writer: Writer;
  readonly #cosigning: Pick<Cosigning, "required" | "requireTrusted">;
  readonly #origin: string;
  #running = false;

  constructor(
    keys: SigningKeys,
    writer: Writer,
    cosigning: Pick<Cosigning, "required" | "requireTrusted">,
    origin: string,
  ) {
    this.#keys = keys;
    this.#writer = writer;
    this.#cosigning = cosigning;
    this.#origin = origin;
  }

  /**
   * Throws `rotation-running` while one is under way, `witnesses-not-ready` for the log key while writes wait for
   * cosignatures that the next key would not get, and what the writer refuses; then the old key goes on signing.
   */
  async rotate(role: RotatedRole, now: number, decision?: string): Promise<RotatedKey> {
    if (this.#running) throw new ProblemError("rotation-running", "a key of the store is being rotated");
    this.#running = true;
    try {
      if (role === "log" && this.#cosigning.required)
        await this.#cosigning.requireTrusted(await this.#keys.announced(role));
      let draft: RecordDraft | undefined;
      let kid = "";
      const { landed } = await this.#writer.rotation(async (index) => {
        const next = await this.#keys.prepare(role);
        kid = next.kid;
        const rotation = { role, origin: this.#origin, from: index + 1, ts: timestamp(now) };
        const payload = signRotation(rotation, this.#keys[role], next);
        draft = rotationDraft(payload as unknown as RecordDraft["payload"], decision);
        return { records: [draft] };
      });
      const place = "places" in landed ? landed.places[0] : undefined;
      if (draft === undefined || place === undefined) throw new Error("a rotation has no idempotency key");
      return { draft, place, kid, from: place.index + 1 };
    } finally {
      this.#running = false;
    }
  }
}

function rotationDraft(payload: RecordDraft["payload"], decision: string | undefined): RecordDraft {
  return {
    id: uuidv7(),
    kind: "key.rotated",
    space: "system",
    stream: "system/keys",
    // Public keys: whoever may read a bundle may follow its keys.
    loa: "Guest",
    author: { principal: "codex-nexus", loa: "Root", ...(decision === undefined ? {} : { decision }) },
    links: [],
    salt: newSalt(),
    payload,
  };
}
