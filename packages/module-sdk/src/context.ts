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

export interface LlmMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

export interface LlmRequest {
  messages: LlmMessage[];
  /** The first that may have what the run has read, unless it is named. */
  endpoint?: string;
  maxTokens?: number;
  temperature?: number;
  seed?: number;
  stop?: string[];
  /** Asks for one JSON object; whether the answer is one is for the module to see. */
  json?: boolean;
}

export interface LlmCompletion {
  /** What the model wrote: text of nobody, to be shown or taken apart, never to be believed. */
  text: string;
  endpoint: string;
  model: string;
  finish: "stop" | "length";
  usage: { promptTokens: number; completionTokens: number; charged: number; estimated: boolean };
  /** What was taken out of the messages before they left. */
  redacted: { kind: string; count: number }[];
  /** Hash of the bytes that left. */
  request: string;
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
  "llm.complete": {
    readonly llm: {
      /**
       * Asks a language model that the runtime is configured with; rejects with `llm-not-configured` where there is none, so that a
       * module has something to say without. Up to a minute of it is not the run's wall time. The capability's scope may name `endpoints`.
       */
      complete(request: LlmRequest): Promise<LlmCompletion>;
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
