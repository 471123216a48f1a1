import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile } from "@sigil/canon";
import { openKeyFile, readKeyFileHeader, signingKey } from "@sigil/crypto";
import { issueLicence } from "@sigil/policy";
import { readKeyRegistry, readSecret } from "@sigil/service";
import { CliError } from "../domain/error.ts";
import { KEYS, keyPath, layout, secretPath } from "../domain/home.ts";
import type { IssuerDesk } from "../domain/issuer.ts";
import type { KeyRow } from "../domain/key-row.ts";

/** Every key that a home has to have, by its header alone; held against the registry of public keys. */
export function listKeys(home: string): KeyRow[] {
  const registry = readKeyRegistry(home);
  return KEYS.map(({ owner, purpose }): KeyRow => {
    const path = join(home, keyPath(owner, purpose));
    const row = { owner, purpose, path };
    try {
      const { kid, createdAt, kdf, purpose: says } = readKeyFileHeader(readFileSync(path, "utf8"));
      const enrolled = registry.keys.find(
        (key) => key.service === owner && key.purpose === purpose && key.to === undefined,
      );
      const problem =
        says !== purpose
          ? `the file says that it is a ${says} key`
          : purpose !== "root" && enrolled?.kid !== kid
            ? "keys/registry.json lists another key"
            : null;
      return { ...row, kid, createdAt, sealedWith: `${kdf.name} 2^${kdf.logN}`, problem };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return {
        ...row,
        kid: null,
        createdAt: null,
        sealedWith: null,
        problem: code === "ENOENT" ? "the file is missing" : message,
      };
    }
  });
}

/** Opens the issuer key with its own secret. Only this command ever holds it, and only while it signs. */
export function openIssuer(home: string): IssuerDesk {
  const trust = parseTrustFile(readFileSync(layout(home).trust));
  const opened = openKeyFile(
    readFileSync(join(home, keyPath("issuer", "issuer")), "utf8"),
    readSecret(join(home, secretPath("issuer"))),
  );
  const key = signingKey(opened.secret);
  if (!trust.keys.issuer.some(({ kid, to }) => kid === key.kid && to === null))
    throw new CliError(
      "home-file-damaged",
      `the issuer key ${key.kid} is not the one that genesis pinned`,
      "Restore keys/issuer and secrets/issuer.secret from the backup that trust.json came from.",
    );
  return {
    kid: key.kid,
    bindings: { runtimeId: trust.runtimeId, canonFingerprint: trust.genesis },
    sign: (claims) => issueLicence(claims, key),
  };
}
