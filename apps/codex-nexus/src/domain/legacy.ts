import { canonicalize, type Json, newSalt, parseJson, type RecordDraft } from "@sigil/canon";
import { fromBase64, fromBase64url, fromHex, sha256, toHex, utf8, verifyKey } from "@sigil/crypto";
import { checkPayload } from "@sigil/wire";
import type { RootKeys } from "./keys.ts";

type Fields = Readonly<Record<string, Json>>;

/** A line that can be migrated, or the reason why it cannot. `key` is the identity of the record in its old store. */
export type LegacyLine =
  | { readonly draft: RecordDraft; readonly key: string; readonly layout: "unsigned" | "signed" }
  | { readonly code: LegacyRefusal; readonly detail: string };

export type LegacyRefusal =
  | "not-json"
  | "not-an-object"
  | "field-missing"
  | "field-invalid"
  | "too-large"
  | "hash-mismatch"
  | "signature-invalid"
  | "id-taken";

/** A line may hold this much; a record of an older store is at most 1 MiB when it is wrapped. */
export const MAX_LINE_BYTES = 1024 * 1024;
const LIMITS = { maxBytes: MAX_LINE_BYTES, maxDepth: 28 };
/** What the older layout leaves out of what it hashes and signs. */
const OUTSIDE: ReadonlySet<string> = new Set(["hash", "sig", "pub_key", "witnesses"]);
const SIGNED_FIELDS = [
  "kind",
  "schema_version",
  "id",
  "tenant",
  "ts",
  "space",
  "payload",
  "links",
  "prev",
] as const;
const PRINCIPAL = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Kinds that are carried over as what they are, when an unsigned line has the payload of one. */
const NATIVE = ["memory.block", "canon.entry"] as const;

class Refused extends Error {
  readonly code: LegacyRefusal;
  constructor(code: LegacyRefusal, detail: string) {
    super(detail);
    this.code = code;
  }
}

/**
 * Reads one line of an older store. A line with `hash`, `sig` or `pub_key` is of the signed layout: its hash is the SHA-256
 * of JCS without `hash`, `sig`, `pub_key` and `witnesses`, its signature Ed25519 over those bytes, over the hash, or over
 * its hex; both must hold. Any other object with an `id` is unsigned. Details name places and rules, never text.
 */
export function readLegacy(line: string, root: RootKeys): LegacyLine {
  try {
    const fields = parse(line);
    const id = text(fields, "id", 256);
    const signed = ["hash", "sig", "pub_key"].some(
      (name) => fields[name] !== undefined && fields[name] !== null,
    );
    if (signed) verifySigned(fields);
    const tenant = typeof fields.tenant === "string" ? fields.tenant : "";
    const ts = timeOf(fields);
    const principal = PRINCIPAL.test(tenant) ? tenant : "legacy";
    const key = `${tenant}\n${id}`;
    const draft = {
      id: identity(key, ts, root),
      space: "user" as const,
      loa: "Observer" as const,
      author: { principal, loa: "Operator" as const },
      links: [],
      salt: newSalt(),
      ...content(fields, signed, principal),
    };
    return { draft, key, layout: signed ? "signed" : "unsigned" };
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, detail: error.message };
    throw error;
  }
}

function parse(line: string): Fields {
  let value: Json;
  try {
    value = parseJson(line, LIMITS);
  } catch (error) {
    const tooLarge = utf8(line).length > MAX_LINE_BYTES;
    const reason = error instanceof Error ? error.message : "";
    throw new Refused(
      tooLarge ? "too-large" : "not-json",
      tooLarge ? `the limit is ${MAX_LINE_BYTES} bytes` : reason,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refused("not-an-object", "a line must be one JSON object");
  }
  return value;
}

function text(fields: Fields, name: string, most: number): string {
  const value = fields[name];
  if (value === undefined || value === null) throw new Refused("field-missing", `$.${name} is missing`);
  if (typeof value !== "string" || value === "" || value.length > most) {
    throw new Refused("field-invalid", `$.${name} must be text of 1 to ${most} characters`);
  }
  return value;
}

/** Milliseconds; 0 for a line without a time, whose record is then dated by the store alone. */
function timeOf({ ts }: Fields): number {
  if (ts === undefined || ts === null) return 0;
  const ms =
    typeof ts === "string"
      ? Date.parse(ts)
      : typeof ts === "number"
        ? ts < 1e11
          ? ts * 1000
          : ts
        : Number.NaN;
  if (!Number.isFinite(ms) || ms < 0 || ms >= 2 ** 48) throw new Refused("field-invalid", "$.ts is no time");
  return Math.floor(ms);
}

function verifySigned(fields: Fields): void {
  for (const name of SIGNED_FIELDS) {
    if (fields[name] === undefined)
      throw new Refused("field-missing", `$.${name} is missing from the signed layout`);
  }
  const inside = Object.fromEntries(Object.entries(fields).filter(([name]) => !OUTSIDE.has(name)));
  const bytes = utf8(canonicalize(inside, LIMITS));
  const hash = sha256(bytes);
  const hex = toHex(hash);
  if (
    text(fields, "hash", 128)
      .replace(/^sha256:/, "")
      .toLowerCase() !== hex
  ) {
    throw new Refused("hash-mismatch", "$.hash is not that of the record");
  }
  const signature = decode(text(fields, "sig", 256), 64, "sig");
  const raw = decode(text(fields, "pub_key", 256), 32, "pub_key");
  const holds = [bytes, hash, utf8(hex)].some((message) => {
    try {
      verifyKey(raw).verify(message, signature);
      return true;
    } catch {
      return false;
    }
  });
  if (!holds) throw new Refused("signature-invalid", "$.sig does not verify under $.pub_key");
}

function decode(value: string, length: number, name: string): Uint8Array {
  const plain = value.replace(/^ed25519:/, "");
  for (const read of [fromHex, fromBase64url, fromBase64]) {
    try {
      const bytes = read(plain);
      if (bytes.length === length) return bytes;
    } catch {
      // Another encoding may fit.
    }
  }
  throw new Refused("field-invalid", `$.${name} must be ${length} bytes in hex or base64`);
}

function content(
  fields: Fields,
  signed: boolean,
  principal: string,
): Pick<RecordDraft, "kind" | "stream" | "payload"> {
  const { kind, payload } = fields;
  const native = signed ? undefined : NATIVE.find((each) => each === kind && fits(each, payload));
  if (native === undefined) {
    const layout = signed ? ("signed" as const) : ("unsigned" as const);
    const signature = signed ? ("verified" as const) : ("none" as const);
    return {
      kind: "legacy.record",
      stream: `legacy/${principal}`,
      payload: { layout, signature, original: { ...fields } },
    };
  }
  const slug = native === "canon.entry" ? String((payload as Fields).slug) : "";
  const stream = native === "memory.block" ? `memory/${principal}` : `canon/${principal}/${slug}`;
  return { kind: native, stream: stream.slice(0, 128), payload: payload as RecordDraft["payload"] };
}

function fits(kind: (typeof NATIVE)[number], payload: unknown): boolean {
  try {
    checkPayload(kind, payload);
    return true;
  } catch {
    return false;
  }
}

/**
 * A UUIDv7 of the record's own time and an HMAC of its old identity under the root key: the same line gives the same id
 * again, so that a migration goes on where it stopped. Made from the identity, never from the content.
 */
function identity(key: string, ms: number, root: RootKeys): string {
  const bytes = root.idempotencyMac(utf8(`SIGIL-MIGRATION-V1\n${key}`)).slice(0, 16);
  new DataView(bytes.buffer).setUint16(0, Math.floor(ms / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, ms % 2 ** 32);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = toHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
