import { CanonError, canonicalize, type Json, type Loa, parseJson } from "@sigil/canon";
import {
  type CallTarget,
  capabilityCovers,
  compareLoa,
  HOST_CALLS,
  type HostCall,
  type ReturnedRef,
  refsReturned,
} from "@sigil/policy";
import type { Capability, Manifest } from "@sigil/wire/module-package";
import type { HostDoor } from "./host-door.ts";
import { MAX_CALLS_BYTES, type RunLimits } from "./limits.ts";
import type { RunGrant } from "./order.ts";
import type { CallOutcome } from "./sandbox.ts";

/** The action and the capability of each method that SigilDERG answers. */
const FORWARDED: ReadonlyMap<string, HostCall> = new Map(HOST_CALLS.map((row) => [row.method, row]));
/** Methods of ModuleContext that nothing in this installation answers. */
const UNAVAILABLE: ReadonlySet<string> = new Set(["memory.search", "rag.search"]);

/** One call as `run.calls` keeps it, whether it was allowed or not. */
export interface RecordedCall {
  seq: number;
  method: string;
  args: Json;
  result?: Json;
  error?: { code: string; detail: string };
  ms: number;
}

/** The error in place of every argument and result of an account that outgrew its record. */
export const CALLS_TOO_LARGE = "calls-too-large";

/** How deep an argument may nest: less than JSON may, by what stands around it in `run.calls` on its way to the store. */
const ARGUMENT_DEPTH = 24;

/** An argument in RFC 8785: a few numbers in it may be written longer than they came. Bytes. */
const MAX_CANONICAL_ARGUMENT = 1024 * 1024;

/** No answer of the control plane is longer. Bytes. */
const MAX_ANSWER = 32 * 1024 * 1024;

/** What a call takes up in its record beside argument and result: names, numbers, an error. Bytes. */
const CALL_FRAME_BYTES = 1_280;

export interface CallContext {
  run: string;
  manifest: Manifest;
  /** What the grant gives, and no more: the module's wish was cut down to it when the run was admitted. */
  granted: readonly Capability[];
  loa: Loa;
  /** Least level of each action; of one that is not named, nobody's. */
  levels: RunGrant["levels"];
  limits: RunLimits;
  /** The Sigil-Grant header under which calls are forwarded. */
  grant: string;
  signal?: AbortSignal;
}

/**
 * The only thing of MMF that acts for a module. Each call is held against method table × manifest × grant × caller's
 * level here, before SigilDERG decides it again; each leaves its full account.
 */
export class HostCalls {
  readonly #calls: RecordedCall[] = [];
  readonly #context: CallContext;
  readonly #door: HostDoor;
  #bytes = 0;
  #overflow = false;

  constructor(context: CallContext, door: HostDoor) {
    this.#context = context;
    this.#door = door;
  }

  /** True when the account of the calls outgrew its record: such a run cannot be replayed, so it has no output. */
  get overflow(): boolean {
    return this.#overflow;
  }

  /** The records that host calls of this run have returned: what its output may cite. */
  returned(): ReadonlyMap<string, ReturnedRef> {
    return refsReturned(this.#calls);
  }

  /**
   * The calls in the order in which the module was given their answers, which a replay keeps to; complete, or when that is
   * too large without arguments and results.
   */
  account(): RecordedCall[] {
    if (!this.#overflow) return [...this.#calls];
    const error = { code: CALLS_TOO_LARGE, detail: "left out: the calls of this run outgrew their record" };
    return this.#calls.map(({ seq, method, ms }) => ({ seq, method, args: null, error, ms }));
  }

  /** Answers a call of the guest. Never throws. `text` = the guest's JSON text. */
  async call(seq: number, method: string, text: string): Promise<CallOutcome> {
    const started = performance.now();
    const asked = askedFor(method, text, this.#context.limits.argumentBytes);
    const outcome = asked.invalid ?? (await this.#answer(seq, method, asked.args));
    const answer = outcome.ok ? answerText(outcome.result) : "";
    this.#calls.push({
      seq,
      method: asked.method,
      args: asked.args,
      ...(outcome.ok
        ? { result: outcome.result }
        : { error: { code: outcome.code, detail: outcome.message } }),
      ms: Math.round(performance.now() - started),
    });
    const bytes = Buffer.byteLength(canonicalize(asked.args, { maxBytes: MAX_CANONICAL_ARGUMENT }));
    this.#bytes += bytes + Buffer.byteLength(answer) + CALL_FRAME_BYTES;
    if (this.#bytes > MAX_CALLS_BYTES) this.#overflow = true;
    return outcome.ok ? { ok: true, result: answer } : outcome;
  }

  async #answer(seq: number, method: string, args: Json): Promise<{ ok: true; result: Json } | Refusal> {
    const { manifest, granted, levels, loa, run, grant, limits, signal } = this.#context;
    if (UNAVAILABLE.has(method)) {
      return refusal("capability-unavailable", `${method} is not available in this installation`);
    }
    const row = FORWARDED.get(method);
    if (row === undefined) return refusal("call-unknown", "there is no host call of this name; use ctx");
    const { capability } = row;
    if (!capabilityCovers(manifest.capabilities, method)) {
      return refusal(
        "capability-denied",
        `${capability} is not declared in the manifest; declare it under capabilities`,
      );
    }
    if (!capabilityCovers(granted, method, targetOf(method, args))) {
      return refusal("capability-denied", `${capability} was not granted to this run for what it asks`);
    }
    const least = levels[row.action] ?? "service";
    if (least === "service" || (least !== "none" && compareLoa(loa, least) < 0)) {
      return refusal("level-too-low", `${method} needs ${least}; this run has ${loa}`);
    }
    if (seq >= limits.hostCalls) {
      return refusal("calls-limit", `at most ${limits.hostCalls} host calls in one run`);
    }
    const answer = await this.#door.call(method, { run, seq, args }, grant, signal);
    return answer.ok ? answer : refusal(answer.code, answer.message);
  }
}

/** What a call is about, as far as its argument says; the stream of an entry that is asked for by id is known to SigilDERG. */
function targetOf(method: string, args: Json): CallTarget | undefined {
  if (method !== "canon.read" || typeof args !== "object" || args === null || Array.isArray(args)) return;
  return typeof args.stream === "string" ? { streams: args.stream } : undefined;
}

type Refusal = { ok: false; code: string; message: string };

function refusal(code: string, message: string): Refusal {
  return { ok: false, code, message };
}

/** What a guest asked for, as its record holds it. `invalid` is the answer to an argument that is no acceptable JSON. */
export function askedFor(
  method: string,
  text: string,
  maxBytes: number,
): { method: string; args: Json; invalid?: Refusal } {
  // A name that a guest made up is its own text, of any content: it is not repeated.
  const name = FORWARDED.has(method) || UNAVAILABLE.has(method) ? method : "unknown";
  try {
    return { method: name, args: parseJson(text, { maxBytes, maxDepth: ARGUMENT_DEPTH }) };
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    const invalid = refusal("argument-invalid", `the argument is not acceptable JSON: ${error.code}`);
    return { method: name, args: null, invalid };
  }
}

/** A result as the guest reads it: in RFC 8785, as a record keeps it, so that a replay gives it the same text. */
export function answerText(result: Json): string {
  return canonicalize(result, { maxBytes: MAX_ANSWER });
}
