import { z } from "zod";
import * as a from "./atoms.ts";

/** Milliseconds of one wait on an endpoint. A run waits a minute inside `llm.complete` at most, and hears why before it is over. */
const wait = z.int().min(100).max(55_000);
const tokens = z.int().min(1).max(1_000_000_000);

/**
 * A language model that modules may ask through `llm.complete`: an OpenAI-compatible server (Ollama, llama.cpp, vLLM, a cloud)
 * at one address, and what of a run may leave for it. It holds no secret: a bearer key lies in a file of the home that is named
 * after the address, so that no change of this object sends the key of one address to another.
 */
export const llmEndpoint = z
  .strictObject({
    name: a.name,
    /** What `/chat/completions` is appended to: https, or http on loopback. */
    base: z.string().max(512),
    model: z.string().regex(/^[!-~]{1,256}$/, "1 to 256 visible ASCII characters"),
    /** Allows http beyond loopback: everybody on the way reads and changes what is said. */
    plaintext: z.boolean().default(false),
    auth: z.enum(["none", "bearer"]).default("none"),
    /** The highest level of records that a run may have read when it asks. */
    level: z.enum(["Observer", "Operator", "Mentor", "Root"]).default("Observer"),
    /** The spaces that a run may have read records of when it asks. */
    spaces: z.array(a.space).min(1).max(2).default(["user", "system"]),
    /** The modules that may ask; empty for every module with the capability. */
    modules: z.array(a.name).max(64).default([]),
    /** Words that are never sent, beside whatever looks like a secret. Compared without regard to case. */
    redact: z.array(z.string().min(2).max(128)).max(64).default([]),
    /** Tokens of one answer, of all calls of a run, and of all runs of a day (UTC). */
    tokens_per_answer: z.int().min(1).max(32_768).default(1_024),
    tokens_per_run: tokens.default(16_384),
    tokens_per_day: tokens.default(1_000_000),
    connect_ms: wait.default(5_000),
    first_token_ms: wait.default(30_000),
    between_tokens_ms: wait.default(10_000),
    whole_ms: wait.default(50_000),
    /** Further attempts after a broken connection, 429 or 5xx, before anything of an answer has arrived. */
    retries: z.int().min(0).max(5).default(2),
  })
  .superRefine(({ base, plaintext }, context) => {
    const problem = baseProblem(base, plaintext);
    if (problem !== undefined) context.addIssue({ code: "custom", path: ["base"], message: problem });
  });
export type LlmEndpoint = z.output<typeof llmEndpoint>;

/** The endpoints of a runtime, the one that is asked by default first. */
export const llmEndpoints = z
  .array(llmEndpoint)
  .max(16)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "each name once");

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Link-local and unspecified addresses: where clouds serve credentials of the machine, and what means "this machine". */
const REFUSED_HOST =
  /^(169\.254(\.\d{1,3}){2}|0(\.\d{1,3}){3}|\[::\]|\[fe[89ab][0-9a-f]:.*\]|\[::ffff:.*\])$/;

/** Whether a base names this machine and cannot mean another. */
export function isLoopbackBase(base: string): boolean {
  return LOOPBACK_HOST.test(new URL(base).hostname);
}

function baseProblem(base: string, plaintext: boolean): string | undefined {
  if (!URL.canParse(base)) return "a URL such as http://127.0.0.1:11434/v1";
  const { protocol, hostname, username, password, search, hash } = new URL(base);
  if (protocol !== "https:" && protocol !== "http:") return "https, or http on loopback";
  if (username !== "" || password !== "") return "without a name or password: a key has a file of its own";
  if (search !== "" || hash !== "" || /[?#]$/.test(base)) return "without query and fragment";
  if (REFUSED_HOST.test(hostname)) return "no link-local, unspecified or IPv4-mapped address";
  if (protocol === "http:" && !LOOPBACK_HOST.test(hostname) && !plaintext)
    return "https beyond loopback, or plaintext = true to say that everybody on the way may read it";
  return undefined;
}
