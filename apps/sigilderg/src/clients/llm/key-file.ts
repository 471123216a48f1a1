import { join } from "node:path";
import { readPrivate, ServiceError } from "@sigil/service";
import { ProblemError } from "@sigil/wire";

/** A key goes into a header: one line of visible ASCII. */
const KEY = /^[!-~]{1,4096}$/;

/**
 * The file of the key for a base: `secrets/llm/<host>.key` of the home, `<host>_<port>.key` where the base names a port. It follows
 * from the address alone, so a change of the settings can send no key to an address that it was not put there for.
 */
export function keyFile(home: string, base: string): string {
  const { hostname, port } = new URL(base);
  const host = hostname.replaceAll(/[^a-z0-9.-]/g, "_");
  return join(home, "secrets", "llm", `${host}${port === "" ? "" : `_${port}`}.key`);
}

/** @throws ProblemError `llm-key-missing`, whose cause names the file and what is wrong with it */
export function readKey(file: string): string {
  try {
    const key = readPrivate(file).trim();
    if (KEY.test(key)) return key;
    throw new ServiceError(
      "key-secret-malformed",
      `${file} is not one line of visible ASCII`,
      "Write the key alone.",
    );
  } catch (cause) {
    if (!(cause instanceof ServiceError)) throw cause;
    throw new ProblemError("llm-key-missing", "the key of the endpoint cannot be read", { cause });
  }
}
