def sub(p,a,b,cnt=1):
    s=open(p).read(); assert a in s,(p,a); s=s.replace(a,b,cnt); open(p,'w').write(s)
p='projection.ts'
sub(p,'''  get lockdown(): Lockdown {
    return this.#registers.lockdown;
  }
''','''  get lockdown(): Lockdown {
    return this.#registers.lockdown;
  }

  /** Witnesses and proposals. */
  get governance(): Governance {
    return this.#registers.governance;
  }

  /** `quorum` from the ceremony on, for good. */
  get mode(): "solo" | "quorum" {
    return this.governance.witnesses.set === undefined ? this.genesis.mode : "quorum";
  }
''')
sub(p,'''    this.#coming = registers;
    let genesis''','''    this.#coming = registers;
    this.#behind = [];
    let genesis''')
sub(p,'''      for (const { signed, index } of page.records) {
        if (index === 0) genesis = readGenesis(signed.record, this.#trust);
        absorbInto(registers, signed.record, index);
      }
''','''      for (const { signed, index, rh } of page.records) {
        const { record } = signed;
        if (index === 0) genesis = readGenesis(record, this.#trust);
        absorbInto(registers, record, index);
        registers.governance.absorb(record, { id: record.id, hash: rh, index });
      }
''')
sub(p,'''    this.#genesis = genesis;
    this.#registers = registers;
  }
''','''    // What landed while the last page was read stands behind it.
    for (const { record, placed } of this.#behind) registers.governance.absorb(record, placed);
    this.#genesis = genesis;
    this.#registers = registers;
    this.#coming = undefined;
    this.#doubtful = false;
  }

  /** Says that a write may have landed which nobody answered for: {@link settled} reads the records again. */
  doubt(): void {
    this.#doubtful = true;
  }

  /** Resolves when what is known is what the store holds. */
  async settled(store: Store): Promise<void> {
    if (this.#doubtful) await this.rebuild(store);
  }

  /** Follows records of the control plane's own that landed together, each at its place; others are left out. */
  follow(records: readonly (RecordDraft | CanonRecord)[], places: readonly PlacedRecord[]): void {
    for (const draft of records) {
      const place = places.find(({ id }) => id === draft.id);
      if (place === undefined || !FOLLOWED.has(draft.kind)) continue;
      const { id, hash, index, seq, ts } = place;
      const record: CanonRecord = { prev: null, ...draft, v: 1, seq, ts };
      const placed = { id, hash, index };
      this.absorb(record, index);
      this.governance.absorb(record, placed);
      if (this.#coming !== undefined) this.#behind.push({ record, placed });
    }
  }
''')
sub(p,'''  #coming: Registers | undefined;
''','''  #coming: Registers | undefined;
  #behind: { readonly record: CanonRecord; readonly placed: Placed }[] = [];
  #doubtful = false;
''')
sub(p,'''  readonly lockdown: Lockdown;
}
''','''  readonly lockdown: Lockdown;
  readonly governance: Governance;
}
''')
sub(p,'''    lockdown: new Lockdown(),
''','''    lockdown: new Lockdown(),
    governance: new Governance(runtimeId),
''')
sub(p,'''function absorbInto({ lockdown, ...others }: Registers, record: CanonRecord, leaf: number | undefined): void {
  for (const register of Object.values(others)) register.absorb(record);
''','''function absorbInto(registers: Registers, record: CanonRecord, leaf: number | undefined): void {
  const { licences, clients, issuers, lockdown } = registers;
  for (const register of [licences, clients, issuers]) register.absorb(record);
''')
sub(p,'''/**
 * The control plane's memory of''','''const FOLLOWED: ReadonlySet<string> = new Set(KINDS);

/**
 * The control plane's memory of''')
sub('error.ts','''  | "trust-file-unreadable";''','''  | "proposal-invalid"
  | "trust-file-unreadable"
  | "witness-set-invalid";''')
sub('/tmp/wt/qdoor/packages/wire/src/schema/store.ts','kinds: z.array(z.string().max(64)).min(1).max(16)','kinds: z.array(z.string().max(64)).min(1).max(32)')
sub('gate.ts','''      mode: projection.genesis.mode,
''','''      mode: projection.mode,
      witness: projection.governance.witnesses.of(caller.principal) !== undefined,
''')
# changeAlone -> follow, witness set etc.
p='governed/alone.ts'
sub(p,'''    const landed = await store.append({ records }, authorityOf(made));
    const placed = landed.records.find(({ id }) => id === record.id) as PlacedRecord;
    const { seq, ts, index } = placed;
    projection.absorb({ ...record, v: 1, seq, prev: null, ts }, index);
    return { write, placed, decision: made.id };
  };
  // What is checked against the records and then written must not overtake another such check.
  return turns.take(() => orFailed(parts, made, land));
''','''    const landed = await landFollowed(parts, { records }, made);
    return { write, placed: landed.find(({ id }) => id === record.id) as PlacedRecord, decision: made.id };
  };
  // What is checked against the records and then written must not overtake another such check.
  return turns.take(() => orFailed(parts, made, land));
''')
sub(p,'''  const { store, projection, key, now, turns } = parts;
''','''  const { projection, store, key, now, turns } = parts;
''')
sub(p,'''    const circumstances =''','''    await projection.settled(store);
    const circumstances =''')
sub(p,'''function writeDraft(''','''export function writeDraft(''')
sub(p,'''/** What a governed action that one''','''/**
 * Appends what governs and follows it. Where nobody answers whether it landed, the records are read again before the next
 * turn.
 */
export async function landFollowed(
  { store, projection }: Pick<Ground, "store" | "projection">,
  batch: AppendBatch,
  made: MadeDecision,
): Promise<readonly PlacedRecord[]> {
  try {
    const { records } = await store.append(batch, authorityOf(made));
    projection.follow(batch.records, records);
    return records;
  } catch (error) {
    if (!(error instanceof ProblemError) || PROBLEMS[error.code].status >= 500) projection.doubt();
    throw error;
  }
}

/** What a governed action that one''')
sub(p,'''import type { PlacedRecord } from "../store.ts";
''','''import type { AppendBatch, PlacedRecord } from "../store.ts";
''')
sub(p,'''import type { z } from "zod";
''','''import { PROBLEMS, ProblemError } from "@sigil/wire";
import type { z } from "zod";
''')
