import type {
  ParamsOf,
  QueryOf,
  RequestOf,
  ResponseOf,
  RouteId,
  RouteOf,
  RouteRow,
  VerifiedRequest,
} from "@sigil/wire";
import type { Logger } from "../logger.ts";
import type { Taken } from "./limiter.ts";
import type { Reply } from "./reply.ts";
import type { Trace } from "./trace.ts";

/** What is known of a request before its body is looked at. */
export interface Admission {
  readonly id: RouteId;
  readonly row: RouteRow;
  /** Who sealed the request, its signature verified: the key, and whose it is; undefined without an envelope. */
  readonly sealedBy: { readonly kid: string; readonly issuer: string } | undefined;
  /** The one value of a header; throws `header-duplicate`. Lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Address of the caller's socket. */
  readonly address: string;
  /** Notes a limit for the answer's headers. Throws `rate-limited` (429) where it is used up. */
  readonly charged: (taken: Taken) => void;
  readonly requestId: string;
  readonly trace: Trace;
  readonly log: Logger;
  /**
   * Writes one line at `info`, of values that are all known to be harmless: nothing in it is searched for secrets, which
   * costs more than the rest of the line.
   */
  readonly note: (fields: object, message: string) => void;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** Names the decision about this request: it goes into the log, the `Sigil-Decision` header and any problem. */
  readonly decided: (decisionId: string) => void;
}

type AuthOf<I extends RouteId> = RouteOf<I>["auth"];

/** A request of route `I`, validated; `A` is what the app's `admit` returns for licensed routes. */
export interface Incoming<I extends RouteId, A> extends Admission {
  readonly params: ParamsOf<I>;
  readonly query: QueryOf<I>;
  readonly body: RequestOf<I>;
  /** The verified envelope of envelope routes. */
  readonly envelope: AuthOf<I> extends "envelope" | "envelope+grant" ? VerifiedRequest : undefined;
  /** The `Sigil-Grant` header of grant routes: bound by the envelope; its signature is the app's to verify. */
  readonly grant: AuthOf<I> extends "envelope+grant" ? string : undefined;
  readonly admitted: AuthOf<I> extends "licence" ? A : undefined;
}

export type Handler<I extends RouteId, A> = (
  request: Incoming<I, A>,
) => Reply<ResponseOf<I>> | Promise<Reply<ResponseOf<I>>>;

/** A handler as the service keeps it, its types settled at registration. */
export type AnyHandler = (request: never) => Reply<unknown> | Promise<Reply<unknown>>;
