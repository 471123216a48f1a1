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
  readonly llm: {
    /**
     * Asks a language model that the runtime is configured with; rejects with `llm-not-configured` where there is none, so a module
     * has something to say without. Up to a minute of it is not the run's wall time. Capability `llm.complete`, whose scope may
     * name `endpoints`.
     */
    complete(request: LlmRequest): Promise<LlmCompletion>;
  };
  /** Notes what happened between module and user, in an erasable record. Capability `interaction.log`. */
  logInteraction(entry: Json): Promise<unknown>;
  /** States a claim for the audit. Capability `audit.emit`. */
  emitAudit(claim: Json): Promise<unknown>;
}

export interface SigilModule<Input = Json> {
  run(input: Input, ctx: ModuleContext): Promise<RuleZeroOutput> | RuleZeroOutput;
}
