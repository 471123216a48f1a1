import { consistencyProof, signCheckpoint, verifierKey } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import type { Storage, StoredCheckpoint } from "../storage.ts";
import { withNodes } from "../tree.ts";
import { type Cosigner, type CosigningPolicy, parsePolicy } from "./policy.ts";
import { type Outcome, readAnswer, type Submit, submissionOf } from "./submission.ts";

/** The recorded log policy. */
export interface LogPolicy {
  readonly policy: string;
  /** What a write waits for before it is acknowledged. */
  readonly acknowledge: "durable" | "cosigned";
  readonly timeoutMs: number;
}

/** A checkpoint that enough cosigners have signed. */
export interface CosignedCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  readonly lines: readonly string[];
}

export interface CosigningGround {
  readonly origin: string;
  readonly storage: Pick<Storage, "nodes">;
  readonly head: () => StoredCheckpoint;
  /** The key that signs the next checkpoint. */
  readonly signer: () => SigningKey;
  readonly submit: Submit;
  /** A witness refused or did not answer. */
  readonly failed: (witness: string, detail: string) => void;
}

interface Waiter {
  readonly size: number;
  readonly resolve: () => void;
}

type Settled = Exclude<Outcome, { kind: "conflict" }>;

/** How often a quorum is asked whether it trusts a log key. */
const TRIES = 3;

/** One round is at most this long, and a failed one is followed by a pause. */
const ROUND_MS = 5_000;
const PAUSE_MS = 500;

/**
 * Follows the log with cosignatures of the recorded policy's witnesses. Every round submits the newest checkpoint, and
 * whatever became durable during it goes into the next. Only witness URLs of the policy are ever contacted.
 */
export class Cosigning {
  readonly #ground: CosigningGround;
  /** The size that each witness cosigned last, as far as is known: it says so itself when that is wrong. */
  readonly #known = new Map<string, number>();
  /** How each witness refused when it was asked last. */
  readonly #refused = new Map<string, Settled & { kind: "refused" }>();
  readonly #waiting = new Set<Waiter>();
  readonly #stop = new AbortController();
  #policy: LogPolicy | undefined;
  #parsed: CosigningPolicy | undefined;
  #cosigned: CosignedCheckpoint | undefined;
  #round: Promise<void> | undefined;

  constructor(ground: CosigningGround) {
    this.#ground = ground;
  }

  /** The newest checkpoint that satisfies the policy in force; undefined before there is one. */
  get newest(): CosignedCheckpoint | undefined {
    return this.#cosigned;
  }

  /** Puts a recorded policy in force. Throws `log-policy-invalid`. */
  adopt(policy: LogPolicy): void {
    this.#parsed = parsePolicy(policy.policy);
    this.#policy = policy;
    this.#cosigned = undefined;
    this.#refused.clear();
    this.follow();
  }

  /** Notes that the log grew; returns at once. */
  follow(): void {
    if (this.#parsed === undefined || this.#parsed.cosigners.length === 0) return;
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined;
    });
  }

  /**
   * Resolves when the policy lets a write at `size` be acknowledged. Throws `cosignatures-missing` after the policy's time:
   * the records are durable, and nobody may act on them as if they were cosigned.
   */
  async acknowledged(size: number): Promise<void> {
    const policy = this.#policy;
    if (policy === undefined || policy.acknowledge === "durable") return;
    if ((this.#cosigned?.checkpoint.size ?? -1) >= size) return;
    this.follow();
    await new Promise<void>((resolve, reject) => {
      const waiter = { size, resolve: () => settle(resolve) };
      const settle = (end: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        end();
      };
      const timer = setTimeout(() => {
        const detail = `the log policy's quorum did not cosign ${size} records within ${policy.timeoutMs} ms; they are durable and not acknowledged${this.#why()}`;
        settle(() => reject(new ProblemError("cosignatures-missing", detail, { retryAfter: 5 })));
      }, policy.timeoutMs);
      this.#waiting.add(waiter);
    });
  }

  /** What the witnesses said, and what those that do not know this log or its key are to be given. */
  #why(): string {
    if (this.#refused.size === 0) return "";
    const said = [...this.#refused].map(([name, { detail }]) => `${name}: ${detail}`).join("; ");
    if (![...this.#refused.values()].some(({ untrusted }) => untrusted)) return ` (${said})`;
    return ` (${said}); give them ${verifierKey(this.#ground.origin, this.#ground.signer().publicKey.raw)}`;
  }

  /** Whether writes wait for cosignatures. */
  get required(): boolean {
    return this.#policy?.acknowledge === "cosigned";
  }

  /**
   * Resolves when a quorum has cosigned the newest checkpoint under a log key that signs nothing else yet: it will cosign
   * what that key signs. A cosignature is over the checkpoint and not over its signature, so nothing new is said by it.
   * Throws `witnesses-not-ready` with the verifier key that the others are to be given.
   */
  async requireTrusted(next: SigningKey): Promise<void> {
    const parsed = this.#parsed;
    if (parsed === undefined) return;
    const { origin } = this.#ground;
    const refusals = new Map<string, string>();
    const ready = new Set<string>();
    // A round of the present key may have told a witness of a newer checkpoint meanwhile: then it is asked with that one.
    for (let tries = 0; tries < TRIES && !parsed.satisfied(ready); tries += 1) {
      if (tries > 0) await pause(PAUSE_MS, this.#stop.signal);
      const { size, root } = this.#ground.head();
      const checkpoint = { size, root, note: signCheckpoint({ origin, size, root }, next) };
      for (const cosigner of parsed.cosigners) {
        const outcome = await this.#answer(cosigner, checkpoint);
        if (outcome.kind === "cosigned") ready.add(outcome.id);
        else refusals.set(cosigner.name, outcome.detail);
      }
    }
    if (parsed.satisfied(ready)) return;
    const why = [...refusals].map(([name, detail]) => `${name}: ${detail}`).join("; ");
    throw new ProblemError(
      "witnesses-not-ready",
      `too few witnesses cosign under the next log key (${why}); give them ${verifierKey(origin, next.publicKey.raw)} beside the present one, and rotate again`,
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#round;
  }

  async #rounds(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const parsed = this.#parsed;
      const checkpoint = this.#ground.head();
      if (parsed === undefined || this.#cosigned?.checkpoint.size === checkpoint.size) return;
      const outcomes = await Promise.all(parsed.cosigners.map((each) => this.#ask(each, checkpoint)));
      // A policy that was replaced meanwhile asks for its own cosigners.
      if (parsed !== this.#parsed) continue;
      const cosigned = outcomes.flatMap((each) => (each.kind === "cosigned" ? [each] : []));
      if (cosigned.length > 0 && parsed.satisfied(new Set(cosigned.map(({ id }) => id)))) {
        this.#cosigned = { checkpoint, lines: cosigned.flatMap(({ lines }) => lines) };
        for (const waiter of [...this.#waiting]) if (waiter.size <= checkpoint.size) waiter.resolve();
      } else await pause(PAUSE_MS, this.#stop.signal);
    }
  }

  async #ask(cosigner: Cosigner, checkpoint: StoredCheckpoint): Promise<Settled> {
    const outcome = await this.#answer(cosigner, checkpoint);
    if (outcome.kind === "cosigned") this.#refused.delete(cosigner.name);
    else {
      this.#refused.set(cosigner.name, outcome);
      this.#ground.failed(cosigner.name, outcome.detail);
    }
    return outcome;
  }

  async #answer(cosigner: Cosigner, checkpoint: StoredCheckpoint): Promise<Settled> {
    const refused = (detail: string): Settled => ({ kind: "refused", detail });
    try {
      const first = await this.#submit(cosigner, checkpoint, this.#known.get(cosigner.name) ?? 0);
      if (first.kind !== "conflict") return first;
      if (first.size > checkpoint.size)
        return refused(`it has cosigned ${first.size} records; this log has ${checkpoint.size}`);
      const second = await this.#submit(cosigner, checkpoint, first.size);
      if (second.kind === "conflict") return refused(`it names ${second.size} after ${first.size}`);
      return second;
    } catch (error) {
      return refused(error instanceof Error ? error.message : "it does not answer");
    }
  }

  async #submit(cosigner: Cosigner, checkpoint: StoredCheckpoint, old: number): Promise<Outcome> {
    const { storage, submit } = this.#ground;
    if (cosigner.url === undefined) return { kind: "refused", detail: "the policy has no url for it" };
    const from = Math.min(old, checkpoint.size);
    const proof =
      from === 0 || from === checkpoint.size
        ? []
        : await withNodes(storage, (node) => consistencyProof(from, checkpoint.size, node));
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ROUND_MS)]);
    const answer = await submit(cosigner.url, submissionOf(from, proof, checkpoint.note), signal);
    const outcome = readAnswer(cosigner, checkpoint, answer);
    if (outcome.kind === "cosigned") this.#known.set(cosigner.name, checkpoint.size);
    return outcome;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
