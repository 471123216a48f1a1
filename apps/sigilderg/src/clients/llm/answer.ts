import { CanonError, type Json, parseJson } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { z } from "zod";
import type { LlmAnswer } from "../../domain/llm/endpoint.ts";

/** Most text of an answer: some of them and what stands around fit the record of a run's calls. Bytes of UTF-8. */
const MAX_TEXT = 256 * 1024;
/** Containers that a chunk may nest. */
const MAX_DEPTH = 12;
/** What an endpoint may call its model. */
const MODEL = /^[!-~]{1,256}$/;

const tokens = z.int().min(0).max(1_000_000_000);
const usage = z.object({ prompt_tokens: tokens, completion_tokens: tokens });
const said = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(z.unknown()).nullish(),
  function_call: z.unknown().nullish(),
});
/** A chunk of a stream, or a whole answer: the fields that count. Whatever else stands there is the endpoint's own business. */
const chunk = z.object({
  error: z.unknown().optional(),
  model: z.unknown().optional(),
  usage: z.unknown().optional(),
  choices: z
    .array(
      z.object({
        index: z.int().optional(),
        delta: said.nullish(),
        message: said.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
});

const malformed = (detail: string) => new ProblemError("llm-malformed", detail);

/** An answer as it comes in, chunk by chunk. Every word of it is the endpoint's: none of it reaches an error. */
export class Answer {
  #text = "";
  #bytes = 0;
  #finish: LlmAnswer["finish"] | undefined;
  #usage: LlmAnswer["usage"];
  #model = "";

  /**
   * Takes in one JSON text.
   * @throws ProblemError `llm-malformed`, `llm-too-large`, `llm-refused`, `llm-failed`
   */
  take(text: string, maxBytes: number): void {
    const read = chunk.safeParse(parse(text, maxBytes));
    if (!read.success)
      throw malformed(`${read.error.issues[0]?.path.map(String).join(".")} is not as the API has it`);
    const { choices, error, model, usage: counted } = read.data;
    if (error !== undefined && error !== null)
      throw new ProblemError("llm-failed", "the endpoint broke its answer off with an error");
    if (typeof model === "string" && MODEL.test(model)) this.#model = model;
    const count = usage.safeParse(counted);
    if (count.success)
      this.#usage = {
        promptTokens: count.data.prompt_tokens,
        completionTokens: count.data.completion_tokens,
      };
    const [choice, more] = choices;
    if (more !== undefined || (choice?.index ?? 0) !== 0)
      throw malformed("it has more choices than the one asked for");
    if (choice === undefined) return;
    const words = choice.delta ?? choice.message ?? undefined;
    if ((words?.tool_calls?.length ?? 0) > 0 || (words?.function_call ?? null) !== null)
      throw malformed("it calls a tool, and none was offered");
    if ((words?.refusal ?? "") !== "") throw new ProblemError("llm-refused", "the model refused to answer");
    this.#say(words?.content ?? "");
    if (typeof choice.finish_reason === "string") this.#end(choice.finish_reason);
  }

  /** @throws ProblemError `llm-malformed` for an answer that has not ended */
  whole(request: string): LlmAnswer {
    if (this.#finish === undefined) throw malformed("it broke off before its end");
    return { text: this.#text, model: this.#model, finish: this.#finish, usage: this.#usage, request };
  }

  #say(words: string): void {
    if (words === "") return;
    if (this.#finish !== undefined) throw malformed("it goes on after its end");
    this.#bytes += Buffer.byteLength(words);
    if (this.#bytes > MAX_TEXT)
      throw new ProblemError("llm-too-large", `its text is larger than ${MAX_TEXT} bytes`);
    this.#text += words;
  }

  #end(reason: string): void {
    if (this.#finish !== undefined) throw malformed("it ends twice");
    if (reason === "content_filter")
      throw new ProblemError("llm-refused", "a filter of the endpoint withheld the answer");
    if (reason !== "stop" && reason !== "length")
      throw malformed("it ends for a reason that was not asked for");
    this.#finish = reason;
  }
}

function parse(text: string, maxBytes: number): Json {
  try {
    return parseJson(text, { maxBytes, maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    throw malformed(`it is no acceptable JSON: ${error.code}`);
  }
}
