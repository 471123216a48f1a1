import { join } from "node:path";
import { ServiceError } from "../error.ts";
import { readPrivate } from "./read.ts";

/** A key goes into a header: one line of visible ASCII. */
const KEY = /^[!-~]{1,4096}$/;

/**
 * The file of the key for the base of a language model: `secrets/llm/<host>.key` of the home, `<host>_<port>.key` where the base
 * names a port. It follows from the address alone, so a change of the settings can send no key to an address that it was not put
 * there for.
 */
export function modelKeyFile(home: string, base: string): string {
  const { hostname, port } = new URL(base);
  const host = hostname.replaceAll(/[^a-z0-9.-]/g, "_");
  return join(home, "secrets", "llm", `${host}${port === "" ? "" : `_${port}`}.key`);
}

/** Reads such a file. Throws `key-file-missing`, `key-file-unreadable`, `key-file-exposed`, `key-secret-malformed`. */
export function readModelKey(file: string): string {
  const key = readPrivate(file).trim();
  if (KEY.test(key)) return key;
  throw new ServiceError(
    "key-secret-malformed",
    `${file} is not one line of visible ASCII`,
    "Write the key alone into it, without spaces.",
  );
}
