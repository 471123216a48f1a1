import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CanonError, parseJson } from "@sigil/canon";
import { CryptoError, channelPublic, fromBase64url, verifyKey } from "@sigil/crypto";
import {
  type KeyEntry,
  type KeyRegistry,
  type PeerKey,
  type RegisteredKey,
  type Role,
  registeredKey,
} from "@sigil/wire";
import { z } from "zod";
import { ServiceError } from "../error.ts";

/** `keys/registry.json`: every public key of the installation. The rows of the genesis record, and the keys that
 * came after them, with their ranges. */
export const keyRegistryFile = z.strictObject({
  v: z.literal(1),
  type: z.literal("sigil-key-registry"),
  runtimeId: z.string().min(1).max(128),
  origin: z.string().min(1).max(255),
  keys: z.array(registeredKey).min(1).max(1024),
});
export type KeyRegistryFile = z.infer<typeof keyRegistryFile>;

/** The text of a registry file. The order of keys is kept; enrolling one key twice is refused. */
export function formatKeyRegistry(file: KeyRegistryFile): string {
  return `${JSON.stringify(checked(file, "keys/registry.json"), null, 2)}\n`;
}

/** Reads `<home>/keys/registry.json`. Throws `key-file-missing`, `key-registry-malformed`. */
export function readKeyRegistry(home: string): KeyRegistryFile {
  const file = join(home, "keys", "registry.json");
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new ServiceError(
      "key-file-missing",
      `${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      "Bootstrap this home with `sigil start`, or correct SIGIL_HOME.",
      { cause },
    );
  }
  try {
    return checked(parseJson(bytes), file);
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    throw malformed(file, cause.message, cause);
  }
}

function malformed(file: string, detail: string, cause?: unknown): ServiceError {
  return new ServiceError(
    "key-registry-malformed",
    `${file}: ${detail}`,
    "Restore the file from a backup; the genesis record lists the same keys.",
    { cause },
  );
}

/** Shape, and that every key is what its kid says: right length, canonical, not of small order, enrolled once. */
function checked(value: unknown, file: string): KeyRegistryFile {
  const parsed = keyRegistryFile.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(file, `${issue?.path.map(String).join(".")}: ${issue?.message}`);
  }
  const seen = new Set<string>();
  for (const entry of parsed.data.keys) {
    const where = `${entry.service}/${entry.purpose}`;
    if (seen.has(entry.publicKey)) throw malformed(file, `the key of ${where} is enrolled twice`);
    seen.add(entry.publicKey);
    try {
      const raw = fromBase64url(entry.publicKey);
      const kid = entry.purpose === "channel" ? channelPublic(raw).kid : verifyKey(raw).kid;
      if (kid !== entry.kid) throw malformed(file, `the kid of ${where} is not the thumbprint of its key`);
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw malformed(file, `the key of ${where} is refused: ${cause.code}`, cause);
    }
  }
  return parsed.data;
}

/** Every row of a service and purpose, the ones that another replaced included. */
export function registryKeys(
  file: KeyRegistryFile,
  service: KeyEntry["service"],
  purpose: KeyEntry["purpose"],
): RegisteredKey[] {
  return file.keys.filter((key) => key.service === service && key.purpose === purpose);
}

/** The present row of a service and purpose. Throws `key-registry-malformed` when there is none. */
export function registryEntry(
  file: KeyRegistryFile,
  service: KeyEntry["service"],
  purpose: KeyEntry["purpose"],
): KeyEntry {
  const entry = registryKeys(file, service, purpose).find(({ to }) => to === undefined);
  if (entry === undefined) throw malformed("keys/registry.json", `${service} has no ${purpose} key`);
  return entry;
}

/** Who may send envelopes, and to whom answers are authenticated. */
export interface Peers {
  readonly byKid: KeyRegistry;
  /** The X25519 key of a service, 32 bytes. */
  readonly channelOf: (service: string) => Uint8Array | undefined;
  /** The service that a channel kid belongs to. */
  readonly ownerOfChannel: (kid: string) => string | undefined;
}

const ROLE: Partial<Record<KeyEntry["service"], Role>> = { sigilderg: "sigilderg", mmf: "mmf" };

/** The registry as lookups. Only `service` keys sign envelopes; only services with a role may. */
export function peersOf(file: KeyRegistryFile): Peers {
  const keys = new Map<string, PeerKey>();
  const channels = new Map<string, Uint8Array>();
  const owners = new Map<string, string>();
  for (const entry of file.keys) {
    const raw = fromBase64url(entry.publicKey);
    const role = ROLE[entry.service];
    if (entry.purpose === "service" && role !== undefined) {
      keys.set(entry.kid, { issuer: entry.service, role, key: verifyKey(raw) });
    }
    if (entry.purpose === "channel") {
      channels.set(entry.service, raw);
      owners.set(entry.kid, entry.service);
    }
  }
  return {
    byKid: (kid) => keys.get(kid),
    channelOf: (service) => channels.get(service),
    ownerOfChannel: (kid) => owners.get(kid),
  };
}
