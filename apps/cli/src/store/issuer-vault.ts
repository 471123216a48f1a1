import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DOMAINS, parseTrustFile, signAuthored, type TrustFile } from "@sigil/canon";
import {
  generateSeed,
  openKeyFile,
  type SigningKey,
  sealKeyFile,
  signingKey,
  toBase64url,
} from "@sigil/crypto";
import { formatKeyRegistry, readKeyRegistry, readSecret } from "@sigil/service";
import { keyPath, layout, secretPath } from "../domain/home.ts";
import type { IssuerVault } from "../domain/issuer-vault.ts";

/** Opens the issuer keys of a home. Every file is replaced whole: an interruption leaves the one state or the other. */
export function openIssuerVault(home: string): IssuerVault {
  const place = join(home, keyPath("issuer", "issuer"));
  const nextPlace = join(home, keyPath("issuer", "next"));
  const secret = readSecret(join(home, secretPath("issuer")));
  const open = (file: string): SigningKey =>
    signingKey(openKeyFile(readFileSync(file, "utf8"), secret).secret);
  const trust = (): TrustFile => parseTrustFile(readFileSync(layout(home).trust));
  const present = open(place);

  function draw(): SigningKey {
    if (existsSync(nextPlace)) return open(nextPlace);
    const seed = generateSeed();
    const key = signingKey(seed);
    const half = { kid: key.kid, publicKey: key.publicKey.raw };
    const createdAt = new Date().toISOString();
    replace(nextPlace, sealKeyFile({ purpose: "issuer", secret: seed, createdAt, ...half }, secret));
    return key;
  }

  return {
    kid: present.kid,
    next() {
      const key = draw();
      const statement = {
        ...{ v: 1 as const, runtimeId: trust().runtimeId, kid: key.kid },
        ...{ publicKey: toBase64url(key.publicKey.raw), replaces: present.kid },
      };
      const by = {
        old: signAuthored(DOMAINS.issuer, statement, present).sig,
        new: signAuthored(DOMAINS.issuer, statement, key).sig,
      };
      return { statement, by };
    },
    settle(kid, index) {
      const key = open(nextPlace);
      const publicKey = toBase64url(key.publicKey.raw);
      const file = trust();
      if (!file.keys.issuer.some((pin) => pin.kid === kid)) {
        const issuer = [...file.keys.issuer, { kid, publicKey, from: index + 1, to: null }];
        writeTrust(home, { ...file, keys: { ...file.keys, issuer } });
      }
      const registry = readKeyRegistry(home);
      const keys = registry.keys.map((row) => (row.service === "issuer" ? { ...row, kid, publicKey } : row));
      replace(layout(home).registry, formatKeyRegistry({ ...registry, keys }));
      // The key before it stays until nobody needs it: its licences are good until it is retired.
      copyFileSync(place, join(home, keyPath("issuer", `before-${kid.slice(0, 8).toLowerCase()}`)));
      renameSync(nextPlace, place);
    },
    ended(kid, index) {
      const file = trust();
      const issuer = file.keys.issuer.map((pin) => (pin.kid === kid ? { ...pin, to: index + 1 } : pin));
      writeTrust(home, { ...file, keys: { ...file.keys, issuer } });
    },
  };
}

function writeTrust(home: string, trust: TrustFile): void {
  replace(layout(home).trust, `${JSON.stringify(trust, null, 2)}\n`);
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.next`, text, { mode: 0o600 });
  renameSync(`${file}.next`, file);
}
