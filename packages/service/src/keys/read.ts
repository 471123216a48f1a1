import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type ChannelKey,
  CryptoError,
  channelKey,
  fromBase64url,
  openKeyFile,
  Secret,
  type SigningKey,
  signingKey,
} from "@sigil/crypto";
import type { KeyEntry, ServiceName } from "@sigil/wire";
import { ServiceError } from "../error.ts";
import { type KeyRegistryFile, readKeyRegistry, registryEntry } from "./registry.ts";

/** The opened private keys of each service, and nothing of any other. */
export interface KeysOf {
  readonly "codex-nexus": {
    readonly root: Secret;
    readonly record: SigningKey;
    readonly log: SigningKey;
    readonly channel: ChannelKey;
    /** What a rotation that was interrupted left in `<purpose>.next.key`, or in `<purpose>.key` when that is the older. */
    readonly spare: { readonly record?: SigningKey; readonly log?: SigningKey };
  };
  readonly sigilderg: { readonly service: SigningKey; readonly channel: ChannelKey };
  readonly mmf: { readonly service: SigningKey; readonly channel: ChannelKey };
}

export type ServiceKeys<S extends ServiceName> = KeysOf[S] & { readonly registry: KeyRegistryFile };

/** Key files of each service: `keys/<service>/<purpose>.key`. */
export const KEY_FILES = {
  "codex-nexus": ["root", "record", "log", "channel"],
  sigilderg: ["service", "channel"],
  mmf: ["service", "channel"],
} as const satisfies { [S in ServiceName]: readonly Exclude<keyof KeysOf[S], "spare">[] };

/** Purposes of which a rotation may have left two files. */
const ROTATED: ReadonlySet<string> = new Set(["record", "log"]);

/**
 * Opens a service's sealed key files with that service's own secret, and holds every public half against the
 * registry. Throws `key-file-missing`, `key-file-unreadable`, `key-file-exposed` (readable by others),
 * `key-secret-malformed`, `key-secret-wrong`, `key-registry-malformed`, `key-registry-mismatch`.
 */
export function readServiceKeys<S extends ServiceName>(home: string, service: S): ServiceKeys<S> {
  const registry = readKeyRegistry(home);
  const secret = readSecret(join(home, "secrets", `${service}.secret`));
  const spare: Record<string, SigningKey> = {};
  const keys: Record<string, unknown> = { registry, ...(service === "codex-nexus" ? { spare } : {}) };
  for (const purpose of KEY_FILES[service]) {
    const file = join(home, "keys", service, `${purpose}.key`);
    if (purpose === "root") {
      keys[purpose] = openAs(purpose, file, secret);
      continue;
    }
    const listed = registryEntry(registry, service, purpose as KeyEntry["purpose"]).kid;
    const next = file.replace(/\.key$/, ".next.key");
    const files = ROTATED.has(purpose) && existsSync(next) ? [file, next] : [file];
    for (const each of files) {
      const seed = openAs(purpose, each, secret);
      const key = purpose === "channel" ? channelKey(seed) : signingKey(seed);
      if (key.kid === listed) keys[purpose] = key;
      else if ("sign" in key) spare[purpose] = key;
    }
    if (keys[purpose] === undefined)
      throw mismatch(file, "keys/registry.json lists another key for this purpose");
  }
  return keys as unknown as ServiceKeys<S>;
}

/** Reads a machine secret: 32 bytes in base64url and a line feed, in a file that nobody else may read. */
export function readSecret(file: string): Secret {
  const text = readPrivate(file).trimEnd();
  try {
    const bytes = fromBase64url(text);
    if (bytes.length === 32) return Secret.from(bytes);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
  }
  throw new ServiceError(
    "key-secret-malformed",
    `${file} does not hold 32 bytes in base64url`,
    "Restore the file from a backup; without it the keys cannot be opened.",
  );
}

function openAs(purpose: string, file: string, secret: Secret): Secret {
  const opened = open(file, secret);
  if (opened.purpose !== purpose) throw mismatch(file, `it is a ${opened.purpose} key`);
  return opened.secret;
}

function open(file: string, secret: Secret) {
  const text = readPrivate(file);
  try {
    return openKeyFile(text, secret);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    // A refused key file says in its cause, for the operator, which of the two it is.
    const { code } = cause.cause instanceof CryptoError ? cause.cause : cause;
    const wrong = code === "passphrase-wrong";
    throw new ServiceError(
      wrong ? "key-secret-wrong" : "key-file-unreadable",
      wrong ? `the secret of this service does not open ${file}` : `${file}: ${code}`,
      wrong
        ? "Put back the secret that the keys were sealed with; nothing was written."
        : "Restore the file from a backup.",
      { cause },
    );
  }
}

/** A private file's text. POSIX: refused when group or others have any right to it. Throws `key-file-missing`, `key-file-unreadable`, `key-file-exposed`. */
export function readPrivate(file: string): string {
  try {
    const { mode } = statSync(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new ServiceError(
        "key-file-exposed",
        `${file} has mode 0${(mode & 0o777).toString(8)}, others may read it`,
        `chmod 600 ${file}, and consider the key known if others use this machine.`,
      );
    }
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    throw new ServiceError(
      code === "ENOENT" ? "key-file-missing" : "key-file-unreadable",
      `${file} cannot be read (${code})`,
      "Put keys/ and secrets/ of this home back as a whole, or correct SIGIL_HOME and the owner of the file; `sigil start` makes them in an empty home.",
      { cause },
    );
  }
}

function mismatch(file: string, detail: string): ServiceError {
  return new ServiceError(
    "key-registry-mismatch",
    `${file}: ${detail}`,
    "Restore keys/ as a whole from one backup; nothing was written.",
  );
}
