import type { LlmEndpoint } from "@sigil/wire";

export interface LlmMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What leaves for an endpoint, beside the model's name. */
export interface LlmPrompt {
  readonly messages: readonly LlmMessage[];
  readonly maxTokens: number;
  readonly temperature?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  /** Asks for an answer that is one JSON object; whether it is one is for whoever asked to see. */
  readonly json: boolean;
}

/** What an endpoint answered, bounded and well-formed; what it says is nobody's word but the model's. */
export interface LlmAnswer {
  readonly text: string;
  /** How the endpoint names the model that answered; empty where it does not. */
  readonly model: string;
  readonly finish: "stop" | "length";
  /** What the endpoint counted; undefined where it did not, or not in whole numbers. */
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number } | undefined;
  /** SHA-256 of the body that was sent. */
  readonly request: string;
}

/**
 * The one way from here to a language model. A failure rejects with a ProblemError `llm-…` whose detail holds no word of the
 * endpoint; `run-cancelled` when `signal` was raised, which ends the connection at once.
 */
export interface LlmClient {
  complete(endpoint: LlmEndpoint, prompt: LlmPrompt, signal: AbortSignal): Promise<LlmAnswer>;
}
