import { LOAS } from "@sigil/canon";
import type { Reader } from "./reader.ts";
import type { AppendRequest, StoredPlace } from "./records.ts";
import type { KeyFiles } from "./signing-keys.ts";
import type { Storage } from "./storage.ts";

/** What enters quorum mode; the first of its kind alone counts. */
const CEREMONY_KIND = "quorum.entered";

/** The leaf and the hash of the record that entered quorum mode, verified; undefined in solo mode. */
export async function recordedCeremony(
  storage: Storage,
  reader: Reader,
): Promise<{ readonly index: number; readonly hash: string } | undefined> {
  const page = { kinds: [CEREMONY_KIND], loas: LOAS, order: "asc", limit: 1 } as const;
  const [row] = await reader.rows(() => storage.page(page));
  if (row === undefined) return undefined;
  const { index, rh } = reader.open(row);
  return { index, hash: rh };
}

/** Brings the ceremony that the log holds into trust.json: right after it landed, and again until that succeeds. */
export class CeremonyPin {
  readonly #files: Pick<KeyFiles, "pinCeremony"> | undefined;
  readonly #failed: (error: unknown) => void;
  #pending: string | undefined;

  /** @param recorded the ceremony that the log holds already, to be pinned by {@link settle} */
  constructor(
    files: Pick<KeyFiles, "pinCeremony"> | undefined,
    recorded: string | undefined,
    failed: (error: unknown) => void,
  ) {
    this.#files = files;
    this.#pending = recorded;
    this.#failed = failed;
  }

  /** Follows records that landed. Never rejects: what could not be written waits for the next records. */
  async follow({ records }: AppendRequest, places: readonly StoredPlace[]): Promise<void> {
    const at = records.findIndex(({ kind }) => kind === CEREMONY_KIND);
    const place = places[at];
    if (place?.seq === 0) this.#pending = place.hash;
    if (this.#pending === undefined) return;
    try {
      await this.settle();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Throws `trust-mismatch` where trust.json pins another ceremony, or what writing throws. */
  async settle(): Promise<void> {
    if (this.#pending === undefined) return;
    await this.#files?.pinCeremony(this.#pending);
    this.#pending = undefined;
  }
}
