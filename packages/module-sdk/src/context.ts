import type { Capability, NamesOf } from "./capability.ts";
import type { Json } from "./json.ts";

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

/** What every run knows of itself, without a capability. */
interface RunFacts {
  readonly runId: string;
  /** Start of the run, milliseconds since the epoch: the same at every call, and in a replay. */
  readonly now: number;
}

/**
 * The only ways out of the sandbox, each under the capability that opens it. Each call is decided by SigilDERG under the
 * grant of this run, and is recorded with its arguments and its answer. A refused call rejects with an Error whose `code`
 * says why (`capability-denied`, `calls-limit`, …).
 */
export interface CapabilityCalls {
  "memory.write": {
    readonly memory: {
      /** Stages a block; it is stored when the run ends with the verdict Allow. */
      write(block: MemoryBlock): Promise<{ ref: string }>;
    };
  };
  "memory.list": {
    readonly memory: {
      /** Newest first, of the caller's own blocks. */
      list(query?: {
        limit?: number;
        tag?: string;
        type?: MemoryBlock["type"];
      }): Promise<{ items: MemoryItem[] }>;
    };
  };
  "canon.read": {
    readonly canon: {
      /** The newest entry of a stream, or one entry by id; the capability's scope names the streams. */
      read(query: { stream: string } | { id: string }): Promise<CanonEntry>;
    };
  };
  "interaction.log": {
    /** Notes what happened between module and user, in an erasable record. */
    logInteraction(entry: Json): Promise<unknown>;
  };
  "audit.emit": {
    /** States a claim for the audit. */
    emitAudit(claim: Json): Promise<unknown>;
  };
}

type Together<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** What `run` is given: the calls of the declared capabilities, and nothing of the others. */
export type ContextOf<C extends readonly Capability[]> = RunFacts & Together<CapabilityCalls[NamesOf<C>]>;

/** Every call there is: what a function takes a part of, as `Pick<ModuleContext, "canon">`. */
export type ModuleContext = RunFacts & Together<CapabilityCalls[keyof CapabilityCalls]>;
