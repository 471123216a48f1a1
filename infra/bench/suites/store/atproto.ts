import { Secp256k1Keypair } from "@atproto/crypto";
import { MemoryBlockstore, type RecordCreateOp, Repo, WriteOpAction } from "@atproto/repo";
import type { RecordDraft } from "@sigil/canon";

const COLLECTION = "local.sigil.record";

/** A repository of AT Protocol in memory: a Merkle search tree over CBOR blocks, each commit signed, nothing on disk. */
export class AtprotoRepo {
  #repo: Repo;
  readonly #key: Secp256k1Keypair;

  private constructor(repo: Repo, key: Secp256k1Keypair) {
    this.#repo = repo;
    this.#key = key;
  }

  static async create(): Promise<AtprotoRepo> {
    const key = await Secp256k1Keypair.create();
    return new AtprotoRepo(await Repo.create(new MemoryBlockstore(), key.did(), key), key);
  }

  /** One signed commit that creates every record. */
  async commit(records: readonly RecordDraft[]): Promise<void> {
    const creates = records.map(
      (record): RecordCreateOp => ({
        action: WriteOpAction.Create,
        collection: COLLECTION,
        rkey: crypto.randomUUID(),
        record: { $type: COLLECTION, ...record } as never,
      }),
    );
    this.#repo = await this.#repo.applyWrites(creates, this.#key);
  }
}
