import { utf8 } from "@sigil/crypto/bytes";
import { canonicalize } from "json-canonicalize";
import { snapshot } from "./guard.ts";
import { type Limits, requireSize, resolveLimits } from "./limits.ts";

/** As `serialize`, by json-canonicalize behind the same refusals. */
export function serializePortable(value: unknown, limits?: Limits): string {
  const { maxBytes, maxDepth } = resolveLimits(limits);
  // A copy is serialised, so an accessor cannot answer the guard one thing and the serialiser another.
  const text = canonicalize(snapshot(value, maxDepth, maxBytes));
  requireSize(text, maxBytes);
  return text;
}

/** As `withSerialized`. */
export function withSerializedPortable<T>(
  prefix: string,
  value: unknown,
  limits: Limits | undefined,
  use: (bytes: Uint8Array) => T,
): T {
  return use(utf8(prefix + serializePortable(value, limits)));
}
