// What a test that plays the attacker, or a service, needs of a home: its keys, opened as the service itself opens them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openKeyFile, Secret, type SigningKey, signingKey, utf8 } from "@sigil/crypto";
import type { Service } from "./runtime.ts";

function openKey(home: string, owner: string, purpose: string): SigningKey {
  const passphrase = Secret.from(utf8(readFileSync(join(home, `secrets/${owner}.secret`), "utf8").trim()));
  const file = readFileSync(join(home, `keys/${owner}/${purpose}.key`), "utf8");
  return signingKey(openKeyFile(file, passphrase).secret);
}

/** The key that signs a service's envelopes, opened with that service's own secret. */
export const serviceKey = (home: string, service: Service): SigningKey => openKey(home, service, "service");

export const issuerKey = (home: string): SigningKey => openKey(home, "issuer", "issuer");

/** The instance id that a service drew at its present start, from its public version page. */
export async function instanceOf(url: string): Promise<string> {
  const response = await fetch(`${url}/version`);
  return ((await response.json()) as { instance: string }).instance;
}
