import { AsyncLocalStorage } from "node:async_hooks";
import type { RecordDraft } from "@sigil/canon";
import { decidedBy } from "../records/drafts.ts";

/** The request that this process is answering, as its calls to other services pass it on. */
export interface CallTrace {
  readonly traceparent: string;
  readonly requestId: string;
}

interface Answered {
  readonly trace: { readonly traceparent: string };
  readonly requestId: string;
}

interface Answering {
  readonly request: Answered;
  /** Ids of the decisions that landed as records of their own while the request was answered; most requests land none. */
  landed?: Set<string>;
}

const current = new AsyncLocalStorage<Answering>();

/** Runs `work`; every call to another service in it carries the trace of `request`, and it knows what has landed. */
export function traced<T>(request: Answered, work: () => T): T {
  return current.run({ request }, work);
}

/** Runs a call to another service and notes how long it took. */
export type Timed = <T>(call: () => Promise<T>) => Promise<T>;

/** The trace of the request that is being answered; empty outside of one. */
export function callTrace(): Partial<CallTrace> {
  const answering = current.getStore();
  if (answering === undefined) return {};
  const { trace, requestId } = answering.request;
  return { traceparent: trace.traceparent, requestId };
}

/** Notes which decisions are among records that the store has acknowledged. */
export function noteLanded(records: readonly Pick<RecordDraft, "kind" | "stream">[]): void {
  const answering = current.getStore();
  if (answering === undefined) return;
  answering.landed ??= new Set();
  for (const { kind, stream } of records) if (kind === "decision") answering.landed.add(decidedBy(stream));
}

/** Whether the store acknowledged this decision while the current request was answered. */
export function hasLanded(decision: string): boolean {
  return current.getStore()?.landed?.has(decision) ?? false;
}
