import type { RuleZeroOutput } from "./output.ts";

/** What crosses the sandbox: JSON (RFC 8259), and nothing else. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface MemoryBlock {
  text: string;
  type?: "episodic" | "semantic" | "procedural";
  tags?: string[];
}

export interface MemoryItem {
  /** Record id: what `context[].ref` cites. */
  ref: string;
  text: string;
  type: string;
  tags: string[];
  ts: string;
}

export interface CanonEntry {
  /** Record id: what `context[].ref` cites. */
  ref: string;
  stream: string;
  title: string;
  text: string;
}

/**
 * The only way out of the sandbox. Each call needs its capability in the manifest, is decided by SigilDERG under the
 * grant of this run, and is recorded with its arguments and its answer. A refused call rejects with an Error whose
 * `code` says why (`capability-denied`, `calls-limit`, …).
 */
export interface ModuleContext {
  readonly runId: string;
  /** Start of the run, milliseconds since the epoch: the same at every call, and in a replay. */
  readonly now: number;
  readonly memory: {
    /** Stages a block; it is stored when the run ends with the verdict Allow. Capability `memory.write`. */
    write(block: MemoryBlock): Promise<{ ref: string }>;
    /** Newest first, of the caller's own blocks. Capability `memory.list`. */
    list(query?: {
      limit?: number;
      tag?: string;
      type?: MemoryBlock["type"];
    }): Promise<{ items: MemoryItem[] }>;
  };
  readonly canon: {
    /** The newest entry of a stream, or one entry by id. Capability `canon.read`, whose scope names the streams. */
    read(query: { stream: string } | { id: string }): Promise<CanonEntry>;
  };
  /** Notes what happened between module and user, in an erasable record. Capability `interaction.log`. */
  logInteraction(entry: Json): Promise<unknown>;
  /** States a claim for the audit. Capability `audit.emit`. */
  emitAudit(claim: Json): Promise<unknown>;
}

export interface SigilModule<Input = Json> {
  run(input: Input, ctx: ModuleContext): Promise<RuleZeroOutput> | RuleZeroOutput;
}
