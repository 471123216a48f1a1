import { AsyncLocalStorage } from "node:async_hooks";

/** The request that this process is answering, as its calls to other services pass it on. */
export interface CallTrace {
  readonly traceparent: string;
  readonly requestId: string;
}

const current = new AsyncLocalStorage<CallTrace>();

/** Runs `work`; every call to another service in it carries the trace of `request`. */
export function traced<T>(
  request: { readonly trace: { readonly traceparent: string }; readonly requestId: string },
  work: () => T,
): T {
  return current.run({ traceparent: request.trace.traceparent, requestId: request.requestId }, work);
}

/** Runs a call to another service and notes how long it took. */
export type Timed = <T>(call: () => Promise<T>) => Promise<T>;

/** The trace of the request that is being answered; empty outside of one. */
export function callTrace(): Partial<CallTrace> {
  return current.getStore() ?? {};
}
