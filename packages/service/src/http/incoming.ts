import type { IncomingMessage } from "node:http";
import { type CanonError, type Json, parseJson } from "@sigil/canon";
import { bodyProblem, ProblemError, type RouteRow } from "@sigil/wire";

const NONE: readonly string[] = [];

/** The request as it stood on the wire: nothing here is decoded, joined or normalised. */
export interface Arrived {
  readonly method: string;
  /** The request target, byte for byte. */
  readonly url: string;
  /** Every value of a header, one per header line. */
  readonly headers: (name: string) => readonly string[];
}

/** Reads a request from the Node message. */
export function arrived(message: IncomingMessage): Arrived {
  const raw = message.rawHeaders;
  return {
    method: message.method ?? "",
    url: message.url ?? "",
    headers: (name) => {
      let values: string[] | undefined;
      for (let i = 0; i + 1 < raw.length; i += 2) {
        const given = raw[i] ?? "";
        // Most names differ in length already: only the rest is brought to lower case.
        if (given.length !== name.length || given.toLowerCase() !== name) continue;
        if (values === undefined) values = [raw[i + 1] ?? ""];
        else values.push(raw[i + 1] ?? "");
      }
      return values ?? NONE;
    },
  };
}

/** The one value of a header, or undefined. Throws `header-duplicate`: what decides must not be ambiguous. */
export function single(request: Arrived, name: string): string | undefined {
  const values = request.headers(name);
  if (values.length > 1) throw new ProblemError("header-duplicate", `${name} appears ${values.length} times`);
  return values[0];
}

/** Refuses targets that another parser could read as another path. Throws `path-not-canonical`. */
export function checkTarget(url: string): void {
  const path = url.split("?", 1)[0] ?? "";
  const bad =
    !/^\/[\x21-\x7e]*$/.test(url) ||
    /\/\/|\\|#/.test(path) ||
    /%(2f|5c|00|2e)/i.test(path) ||
    /\/\.{1,2}(\/|$)/.test(path);
  if (bad) throw new ProblemError("path-not-canonical", "the request target is not in its normal form");
}

/** Refuses an oversized or encoded body before a byte is read. */
export function checkBodyHeaders(request: Arrived, limit: number): void {
  const length = single(request, "content-length");
  const chunked = request.headers("transfer-encoding").length > 0;
  if (limit === 0) {
    if (chunked || (length !== undefined && length !== "0"))
      throw new ProblemError("body-unexpected", "this route takes no body");
    return;
  }
  if (length !== undefined && Number(length) > limit) throw tooLarge(limit, length);
  if (request.headers("content-encoding").length > 0) {
    throw new ProblemError("content-type", "an encoded body is refused", {
      remedy: "Send the body without Content-Encoding.",
    });
  }
}

function tooLarge(limit: number, length?: string): ProblemError {
  const has = length === undefined ? "exceeds" : `has ${length} bytes, which exceeds`;
  return new ProblemError("body-too-large", `the body ${has} the limit of ${limit} bytes`);
}

/**
 * Reads the body up to `limit` bytes; the rest of a longer one is never held. Throws `body-too-large`, `body-incomplete`.
 * By events: an iterator over the message would cost more than the rest of a small request.
 */
export function readBody(source: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const stop = () => {
      source.off("data", take).off("end", whole).off("close", cut).off("error", cut);
    };
    const take = (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      stop();
      source.pause();
      reject(tooLarge(limit));
    };
    const whole = () => {
      stop();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
    };
    const cut = (error?: Error) => {
      stop();
      reject(error ?? new Error("the connection closed before the end of the body"));
    };
    source.on("data", take).on("end", whole).on("close", cut).on("error", cut);
  });
}

/** Strict JSON of a route's body. Throws `content-type`, `body-missing`, `body-malformed`. */
export function jsonBody(row: RouteRow, contentType: string, bytes: Uint8Array): Json {
  if (bytes.length === 0) throw new ProblemError("body-missing", "this route needs a JSON body");
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(contentType)) {
    throw new ProblemError(
      "content-type",
      `content type ${JSON.stringify(contentType.slice(0, 64))} is not application/json`,
    );
  }
  try {
    return parseJson(bytes, { maxBytes: row.maxBytes });
  } catch (error) {
    throw bodyProblem(error as CanonError);
  }
}
