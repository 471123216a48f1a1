import { utf8 } from "@sigil/crypto";
import {
  type BegunRequest,
  CHALLENGE_HEADER,
  CHALLENGE_PATH,
  DECISION_HEADER,
  ENVELOPE_HEADER,
  type EnvelopeVerifier,
  GRANT_HEADER,
  PROBLEM_MEDIA_TYPE,
  type ProblemCode,
  ProblemError,
  parseChallenge,
  problemBody,
  problemRow,
  RESPONSE_HEADER,
  type RouteRow,
  readEnvelope,
  routeId,
  schemaProblem,
  toProblemError,
  type UnverifiedEnvelope,
  WireError,
} from "@sigil/wire";
import type { z } from "zod";
import type { Logger, RequestLine } from "../logger.ts";
import { type AnswerSeal, type AnswerSeals, sealAnswer } from "./answers.ts";
import type { Connection } from "./connection.ts";
import type { Admission, AnyHandler } from "./handler.ts";
import { checkHost } from "./hosts.ts";
import {
  type Arrived,
  arrived,
  checkBodyHeaders,
  checkTarget,
  jsonBody,
  readBody,
  single,
} from "./incoming.ts";
import type { Taken } from "./limiter.ts";
import type { ServiceMetrics } from "./metrics.ts";
import { type Outgoing, outgoing, SECURITY_HEADERS } from "./reply.ts";
import { continueTrace, requestIdOf, type Trace } from "./trace.ts";

/** What the exchanges of one service have in common. */
export interface ExchangeParts {
  readonly config: { readonly allowedHosts: readonly string[]; readonly maxBytes: number };
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
  /** For lines of nothing but harmless values. */
  readonly lines: Logger;
  /** Writes the one line of each request. */
  readonly line: (line: RequestLine) => void;
  readonly seals: AnswerSeals;
  readonly state: { readonly draining: boolean /** Exchanges that are under way. */; open: number };
  readonly verifier: EnvelopeVerifier;
  /** Counts a request against its address; undefined where a service has one caller. */
  readonly limitAddress: ((socket: string, forwarded: readonly string[]) => Taken) | undefined;
  readonly around: <T>(request: Pick<Admission, "requestId" | "trace">, answer: () => T) => T;
  readonly admit: ((request: Admission) => unknown) | undefined;
  readonly unserved: ((admitted: unknown, code: ProblemCode) => Promise<string | undefined>) | undefined;
}

/** An answer with everything that it carries. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

const EMPTY = new Uint8Array(0);

/** Routes that cost nothing and that supervisors and peers ask all the time. */
const UNLIMITED = new Set(["/healthz", "/readyz", "/version", CHALLENGE_PATH]);

/** Routes that answer while the service stops. */
const DRAIN_SAFE = new Set(["/healthz", "/readyz", "/version"]);

/**
 * One request and its answer, in a fixed order: Host, target, size → who asks (licence or envelope) → body →
 * schema → handler → problem or reply → security headers → MAC → log line and metrics. A body is read only for
 * a caller that is established, and every answer, refusals included, leaves through `#finish`.
 */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #connection: Connection;
  readonly #row: RouteRow | undefined;
  readonly #started = performance.now();
  readonly #request: Arrived;
  readonly #requestId: string;
  readonly #trace: Trace;
  #child: Logger | undefined;
  #seal: AnswerSeal | undefined;
  #decision: string | undefined;
  readonly #taken: Taken[] = [];

  constructor(parts: ExchangeParts, connection: Connection, row: RouteRow | undefined) {
    this.#parts = parts;
    this.#connection = connection;
    this.#row = row;
    this.#request = arrived(connection.incoming);
    this.#requestId = requestIdOf(this.#request.headers("x-request-id")[0]);
    this.#trace = continueTrace(this.#request.headers("traceparent")[0]);
  }

  /** A logger that names the request. Most requests write one line and need none. */
  get #log(): Logger {
    this.#child ??= this.#parts.logger.child(this.#ids);
    return this.#child;
  }

  get #ids() {
    return { requestId: this.#requestId, traceId: this.#trace.traceId };
  }

  async run(handler: AnyHandler): Promise<Answer> {
    const { state, around } = this.#parts;
    const named = { requestId: this.#requestId, trace: this.#trace };
    state.open += 1;
    try {
      return this.#finish(await around(named, () => this.#answer(handler)), undefined);
    } catch (error) {
      return this.#refuse(error);
    } finally {
      state.open -= 1;
    }
  }

  async #answer(handler: AnyHandler): Promise<Outgoing> {
    const request = this.#request;
    const row = this.#row;
    const envelope = this.#readEnvelope();
    checkHost(request, this.#parts.config.allowedHosts);
    checkTarget(request.url);
    if (!UNLIMITED.has(row?.path ?? "") && !row?.auth.startsWith("envelope")) {
      const taken = this.#parts.limitAddress?.(this.#address(), request.headers("x-forwarded-for"));
      if (taken !== undefined) this.#charged(taken);
    }
    if (this.#parts.state.draining && !DRAIN_SAFE.has(row?.path ?? "")) {
      throw new ProblemError("service-draining", "the service is stopping", { retryAfter: 2 });
    }
    // No row: the path or the method is unknown, and the handler only says so.
    if (row === undefined) return outgoing(await handler({} as never));
    const limit = Math.min(row.maxBytes, this.#parts.config.maxBytes);
    checkBodyHeaders(request, limit);
    if (row.path === CHALLENGE_PATH) this.#sealChallenge();
    const grant = single(request, GRANT_HEADER.toLowerCase());
    // A caller with a licence may seal the request too; an envelope that is there has to hold.
    const sealed = row.auth === "licence" ? envelope !== undefined : row.auth !== "none";
    const begun = sealed ? await this.#verify(row, envelope, grant) : undefined;
    const admission = this.#admission(row, begun);
    const admitted = row.auth === "licence" ? await this.#parts.admit?.(admission) : undefined;
    const read = async () => {
      const bytes = limit === 0 ? EMPTY : await readBody(this.#connection.incoming, limit);
      const verified = begun?.finish(bytes);
      if (row.auth === "envelope+grant" && grant === undefined) {
        throw new WireError("grant-missing", "the route needs a Sigil-Grant header");
      }
      const body =
        row.request && checked("body-invalid", row.request, jsonBody(row, this.#contentType(), bytes));
      const query = this.#query(row);
      const params = row.params && checked("path-invalid", row.params, this.#connection.params());
      return { envelope: verified, body, query, params };
    };
    const content = await read().catch((error: unknown) => this.#unserved(admitted, error));
    return outgoing(await handler(Object.assign(admission, { admitted, grant, ...content }) as never));
  }

  /** Nothing was done for a caller who was let in: the app is told before the caller is. */
  async #unserved(admitted: unknown, error: unknown): Promise<never> {
    const known = toProblemError(error);
    if (admitted !== undefined)
      this.#decision = (await this.#parts.unserved?.(admitted, known.code)) ?? this.#decision;
    throw known;
  }

  #contentType(): string {
    return single(this.#request, "content-type") ?? "";
  }

  /** The form of the envelope, so that even a refusal of it can be answered to its sender. */
  #readEnvelope(): UnverifiedEnvelope | WireError | undefined {
    const headers = this.#request.headers(ENVELOPE_HEADER.toLowerCase());
    if (headers.length === 0) return undefined;
    try {
      const envelope = readEnvelope(headers);
      this.#seal = this.#parts.seals.forEnvelope(envelope, headers[0] ?? "");
      return envelope;
    } catch (error) {
      if (error instanceof WireError) return error;
      throw error;
    }
  }

  async #verify(
    row: RouteRow,
    envelope: UnverifiedEnvelope | WireError | undefined,
    grant: string | undefined,
  ): Promise<BegunRequest> {
    if (envelope instanceof WireError) throw envelope;
    const request = {
      envelope: envelope ?? [],
      method: this.#request.method,
      url: this.#request.url,
      contentType: this.#contentType(),
      grant,
      licence: bearer(single(this.#request, "authorization")),
      roles: row.roles ?? ["client"],
      route: `${row.method} ${row.path}`,
    };
    return this.#parts.verifier.begin(request, this.#parts.state.open === 1);
  }

  #sealChallenge(): void {
    const header = single(this.#request, CHALLENGE_HEADER.toLowerCase()) ?? "";
    this.#seal = this.#parts.seals.forChallenge(parseChallenge([header]), header);
  }

  #query(row: RouteRow): unknown {
    const at = this.#request.url.indexOf("?");
    if (at < 0 && row.query === undefined) return undefined;
    const pairs = [...new URLSearchParams(at < 0 ? "" : this.#request.url.slice(at + 1))];
    const query = Object.fromEntries(pairs);
    if (Object.keys(query).length !== pairs.length)
      throw new ProblemError("query-invalid", "a parameter appears more than once");
    if (row.query !== undefined) return checked("query-invalid", row.query, query);
    if (pairs.length > 0) throw new ProblemError("query-invalid", "this route takes no parameters");
    return undefined;
  }

  #admission(row: RouteRow, begun: BegunRequest | undefined): Admission {
    return new Asked(
      {
        id: routeId(row),
        row,
        sealedBy: begun === undefined ? undefined : { kid: begun.kid, issuer: begun.iss },
        header: (name) => single(this.#request, name),
        address: this.#address(),
        charged: (taken) => this.#charged(taken),
        requestId: this.#requestId,
        trace: this.#trace,
        note: (fields, message) => this.#parts.lines.info({ ...this.#ids, ...fields }, message),
        decided: (decisionId) => {
          this.#decision = decisionId;
        },
      },
      () => this.#log,
      () => this.#connection.signal(),
    );
  }

  #address(): string {
    return this.#connection.incoming.socket.remoteAddress ?? "";
  }

  /** Every limit that a request was held against stands in its answer. */
  #charged(taken: Taken): void {
    this.#taken.push(taken);
    if (taken.allowed) return;
    throw new ProblemError(
      "rate-limited",
      `more than ${taken.quota} requests in ${taken.window} s (${taken.policy})`,
      { retryAfter: taken.seconds },
    );
  }

  #refuse(error: unknown): Answer {
    const known = toProblemError(error);
    const decisionId = known.extras.decisionId ?? this.#decision;
    const extras = decisionId === undefined ? known.extras : { ...known.extras, decisionId };
    const body = problemBody(known.code, known.detail, extras);
    if (body.status >= 500)
      this.#log.error({ code: known.code, err: known.extras.cause ?? known }, "request failed");
    else if (known.extras.cause !== undefined)
      this.#log.debug({ code: known.code, err: known.extras.cause }, "request refused");
    const headers: Record<string, string> = { "content-type": PROBLEM_MEDIA_TYPE };
    const retryAfter = known.extras.retryAfter ?? problemRow(known.code).retryAfter;
    if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
    if (known.code === "method-not-allowed") headers.allow = (known.extras.missing ?? []).join(", ");
    if (body.status === 401) headers["www-authenticate"] = "Bearer";
    if (decisionId !== undefined) this.#decision = decisionId;
    return this.#finish({ status: body.status, headers, body: JSON.stringify(body) }, known.code);
  }

  #finish(answer: Outgoing, code: string | undefined): Answer {
    const headers: Record<string, string> = {
      ...SECURITY_HEADERS,
      ...answer.headers,
      "x-request-id": this.#requestId,
    };
    if (this.#decision !== undefined) headers[DECISION_HEADER.toLowerCase()] = this.#decision;
    let policies = "";
    let left = "";
    for (const { policy, quota, window, remaining, seconds } of this.#taken) {
      const comma = policies === "" ? "" : ", ";
      policies += `${comma}"${policy}";q=${quota};w=${window}`;
      left += `${comma}"${policy}";r=${remaining};t=${seconds}`;
    }
    if (policies !== "") {
      headers["ratelimit-policy"] = policies;
      headers.ratelimit = left;
    }
    if (this.#parts.state.draining) headers.connection = "close";
    // Node writes a head that it is given whole at once; one that it completes itself goes header by header.
    if (typeof answer.body === "string") headers["content-length"] = String(Buffer.byteLength(answer.body));
    else if (answer.body instanceof Uint8Array) headers["content-length"] = String(answer.body.length);
    const body = this.#sealed(answer, headers);
    const seconds = (performance.now() - this.#started) / 1000;
    const route = this.#row === undefined ? "unmatched" : routeId(this.#row);
    this.#parts.metrics.observe(route, answer.status, seconds, code);
    this.#parts.line({
      ...this.#ids,
      route,
      method: this.#request.method,
      status: answer.status,
      ms: Math.round(seconds * 1e6) / 1e3,
      decision: this.#decision,
      code,
    });
    return { status: answer.status, headers, body };
  }

  /** The body, and into the headers its MAC: of frames that of their head, to which the body is empty. */
  #sealed({ status, body }: Outgoing, headers: Record<string, string>) {
    const seal = this.#seal;
    const streamed = typeof body === "string" || body instanceof Uint8Array ? undefined : body;
    let response: string | undefined;
    // A stream that is not framed has no MAC.
    if (seal !== undefined && streamed?.framed !== false) {
      const covered = typeof body === "string" ? utf8(body) : body instanceof Uint8Array ? body : EMPTY;
      response = sealAnswer(seal, { status, header: (name) => headers[name], body: covered });
      headers[RESPONSE_HEADER.toLowerCase()] = response;
    }
    if (streamed === undefined) return body as string | Uint8Array<ArrayBuffer>;
    return streamed.open(
      (err) => this.#cut(err),
      response === undefined ? undefined : seal?.key.frames(response),
    );
  }

  /** Ends an answer that cannot be finished so that its caller sees it. */
  #cut(err: unknown): void {
    this.#log.warn({ err, code: toProblemError(err).code }, "an answer broke off");
    this.#connection.outgoing.destroy();
  }
}

/** What is known of a request; what a logger and a signal cost, only who asks for them pays. */
class Asked implements Admission {
  readonly id: Admission["id"];
  readonly row: RouteRow;
  readonly sealedBy: Admission["sealedBy"];
  readonly header: Admission["header"];
  readonly address: string;
  readonly charged: Admission["charged"];
  readonly requestId: string;
  readonly trace: Trace;
  readonly decided: Admission["decided"];
  readonly note: Admission["note"];
  readonly #log: () => Logger;
  readonly #signal: () => AbortSignal;

  constructor(known: Omit<Admission, "log" | "signal">, log: () => Logger, signal: () => AbortSignal) {
    this.id = known.id;
    this.row = known.row;
    this.sealedBy = known.sealedBy;
    this.header = known.header;
    this.address = known.address;
    this.charged = known.charged;
    this.requestId = known.requestId;
    this.trace = known.trace;
    this.decided = known.decided;
    this.note = known.note;
    this.#log = log;
    this.#signal = signal;
  }

  get log(): Logger {
    return this.#log();
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}

function checked(
  code: "body-invalid" | "query-invalid" | "path-invalid",
  schema: z.ZodType,
  value: unknown,
): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw schemaProblem(code, result.error);
}

function bearer(authorization: string | undefined): string | undefined {
  // The same spelling as the door's, so that no licence comes in beside the envelope that does not bind it.
  return /^Bearer +([A-Za-z0-9_.-]+)$/i.exec(authorization ?? "")?.[1];
}
