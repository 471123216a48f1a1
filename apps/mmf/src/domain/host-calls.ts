import { CanonError, type Json, type Loa, parseJson } from "@sigil/canon";
import { actionOfCall, actionRow, compareLoa } from "@sigil/policy";
import type { HostDoor } from "./host-door.ts";
import { MAX_CALLS_BYTES, type RunLimits } from "./limits.ts";
import type { Capability, Manifest } from "./manifest.ts";
import { Provenance } from "./provenance.ts";
import type { CallOutcome } from "./sandbox.ts";

/** Every method that exists, and whether it is answered yet by a service behind SigilDERG. A name that is not here is `call-unknown`. */
const METHODS: ReadonlyMap<string, "forwarded" | "unavailable"> = new Map([
  ["memory.write", "forwarded"],
  ["memory.list", "forwarded"],
  ["canon.read", "forwarded"],
  ["interaction.log", "forwarded"],
  ["audit.emit", "forwarded"],
  ["memory.search", "unavailable"],
  ["rag.search", "unavailable"],
  ["llm.complete", "unavailable"],
]);

/** One call as `run.calls` keeps it, whether it was allowed or not. */
export interface RecordedCall {
  seq: number;
  method: string;
  args: Json;
  result?: Json;
  error?: { code: string; detail: string };
  ms: number;
}

export interface CallContext {
  run: string;
  manifest: Manifest;
  /** What the grant gives, and no more: the module's wish was cut down to it when the run was admitted. */
  granted: readonly Capability[];
  loa: Loa;
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
  readonly provenance = new Provenance();
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

  /** The calls in the order of their positions, complete, or when that is too large without arguments and results. */
  account(): RecordedCall[] {
    const ordered = this.#calls.toSorted((a, b) => a.seq - b.seq);
    if (!this.#overflow) return ordered;
    const error = { code: "calls-too-large", detail: "left out: the calls of this run outgrew their record" };
    return ordered.map(({ seq, method, ms }) => ({ seq, method, args: null, error, ms }));
  }

  /** Answers a call of the guest. Never throws. `text` = the guest's JSON text. */
  async call(seq: number, method: string, text: string): Promise<CallOutcome> {
    const started = performance.now();
    const args = readArguments(text, this.#context.limits.argumentBytes);
    const outcome =
      args.ok && METHODS.has(method)
        ? await this.#answer(seq, method, args.value)
        : refusal(
            args.ok ? "call-unknown" : args.code,
            args.ok ? `there is no host call of this name; use ctx` : `the argument is not acceptable JSON`,
          );
    const answer = outcome.ok ? JSON.stringify(outcome.result) : "";
    // The names that a guest made up are not repeated, and its argument is kept only if it is JSON.
    this.#calls.push({
      seq,
      method: METHODS.has(method) ? method : "unknown",
      args: args.ok ? args.value : null,
      ...(outcome.ok
        ? { result: outcome.result }
        : { error: { code: outcome.code, detail: outcome.message } }),
      ms: Math.round(performance.now() - started),
    });
    this.#bytes += Buffer.byteLength(text) + Buffer.byteLength(answer);
    if (this.#bytes > MAX_CALLS_BYTES) this.#overflow = true;
    return outcome.ok ? { ok: true, result: answer } : outcome;
  }

  async #answer(seq: number, method: string, args: Json): Promise<{ ok: true; result: Json } | Refusal> {
    const { manifest, granted, loa, run, grant, limits, signal } = this.#context;
    if (METHODS.get(method) === "unavailable") {
      return refusal("capability-unavailable", `${method} is not available in this installation`);
    }
    if (!manifest.capabilities.some(({ name }) => name === method)) {
      return refusal(
        "capability-denied",
        `${method} is not declared in the manifest; declare it under capabilities`,
      );
    }
    if (!granted.some(({ name }) => name === method)) {
      return refusal("capability-denied", `${method} was not granted to this run`);
    }
    const { least } = actionRow(actionOfCall(method));
    if (least === "service" || (least !== "none" && compareLoa(loa, least) < 0)) {
      return refusal("level-too-low", `${method} needs ${least}; this run has ${loa}`);
    }
    if (seq >= limits.hostCalls)
      return refusal("calls-limit", `at most ${limits.hostCalls} host calls in one run`);
    const answer = await this.#door.call(method, { run, seq, args }, grant, signal);
    if (!answer.ok) return refusal(answer.code, answer.message);
    this.provenance.note(answer.result);
    return answer;
  }
}

type Refusal = { ok: false; code: string; message: string };

function refusal(code: string, message: string): Refusal {
  return { ok: false, code, message };
}

function readArguments(
  text: string,
  maxBytes: number,
): { ok: true; value: Json } | { ok: false; code: string } {
  try {
    return { ok: true, value: parseJson(text, { maxBytes }) };
  } catch (error) {
    if (error instanceof CanonError) return { ok: false, code: "argument-invalid" };
    throw error;
  }
}
