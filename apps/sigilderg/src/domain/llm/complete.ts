import type { Json } from "@sigil/canon";
import { utf8 } from "@sigil/crypto";
import { type HostArguments, type LlmEndpoint, ProblemError } from "@sigil/wire";
import type { Clock } from "../clock.ts";
import type { OpenRun } from "../runs/open-runs.ts";
import { estimatedTokens, type SpentSince, TokenBudget } from "./budget.ts";
import { chooseEndpoint } from "./choose.ts";
import type { LlmAnswer, LlmClient, LlmPrompt } from "./endpoint.ts";
import { type Redacted, Redaction } from "./redaction.ts";

type Arguments = HostArguments["llm.complete"];

/** Tokens that a chat template puts around each message, at most. */
const MESSAGE_TOKENS = 8;

/** Asks language models for runs: who may ask which, what may leave, and for how many tokens. */
export class Llm {
  readonly #client: LlmClient;
  readonly #endpoints: () => readonly LlmEndpoint[];
  readonly #budget: TokenBudget;

  constructor(parts: {
    readonly client: LlmClient;
    /** The endpoints in force. */
    readonly endpoints: () => readonly LlmEndpoint[];
    readonly spentSince: SpentSince;
    readonly now: Clock;
  }) {
    this.#client = parts.client;
    this.#endpoints = parts.endpoints;
    this.#budget = new TokenBudget(parts);
  }

  /**
   * One completion for an open run. The result names what was taken out of the prompt and the hash of the very bytes that left;
   * it holds no reference that an output could cite.
   * @throws ProblemError `llm-…`; `run-cancelled` when the run ended meanwhile
   */
  async complete(run: OpenRun, args: Arguments): Promise<Json> {
    const endpoint = chooseEndpoint(run, args.endpoint, this.#endpoints());
    const { prompt, redacted } = promptOf(args, endpoint);
    const promptTokens = tokensOf(prompt);
    const held = await this.#budget.hold(run, endpoint, promptTokens + prompt.maxTokens);
    try {
      const answer = await this.#client.complete(endpoint, prompt, run.ended.signal);
      const usage = usageOf(answer, promptTokens);
      held.settle(usage.charged);
      return resultOf(endpoint, answer, usage, redacted);
    } catch (error) {
      // What was asked may have been read, and what came of it is unknown: the prompt counts, unless nothing left.
      const unsent = error instanceof ProblemError && UNSENT.has(error.code);
      held.settle(unsent ? 0 : promptTokens);
      throw error;
    }
  }
}

const UNSENT: ReadonlySet<string> = new Set(["llm-key-missing", "llm-unreachable"]);

function promptOf(
  args: Arguments,
  endpoint: LlmEndpoint,
): { readonly prompt: LlmPrompt; readonly redacted: readonly Redacted[] } {
  const redaction = new Redaction(endpoint.redact);
  const prompt = {
    messages: args.messages.map(({ role, content }) => ({ role, content: redaction.clean(content) })),
    maxTokens: Math.min(args.maxTokens ?? endpoint.tokens_per_answer, endpoint.tokens_per_answer),
    temperature: args.temperature,
    seed: args.seed,
    stop: args.stop?.map((text) => redaction.clean(text)),
    json: args.json,
  };
  return { prompt, redacted: redaction.taken };
}

function tokensOf({ messages }: LlmPrompt): number {
  return messages.reduce(
    (sum, { content }) => sum + MESSAGE_TOKENS + estimatedTokens(utf8(content).length),
    0,
  );
}

interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** What the budget was charged: what the endpoint counted, and never less than a quarter of what it looks like from here. */
  readonly charged: number;
  readonly estimated: boolean;
}

function usageOf({ usage, text }: LlmAnswer, promptEstimate: number): Usage {
  const estimate = promptEstimate + estimatedTokens(utf8(text).length);
  const said = usage ?? { promptTokens: promptEstimate, completionTokens: estimate - promptEstimate };
  const charged = Math.max(said.promptTokens + said.completionTokens, Math.ceil(estimate / 4));
  return { ...said, charged, estimated: usage === undefined };
}

function resultOf(
  { name }: LlmEndpoint,
  { text, model, finish, request }: LlmAnswer,
  usage: Usage,
  redacted: readonly Redacted[],
): Json {
  return {
    ...{ text, endpoint: name, model, finish, request, usage: { ...usage } },
    redacted: redacted.map((each) => ({ ...each })),
  };
}
