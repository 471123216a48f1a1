// What a test that plays the attacker, or a service, needs of a home: its keys, opened as the service itself opens them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBase64url, openKeyFile, Secret, type SigningKey, signingKey } from "@sigil/crypto";
import { CHALLENGE_PATH, newChallenge } from "@sigil/wire";
import type { Service } from "./runtime.ts";

export function secretOf(home: string, owner: string): Secret {
  return Secret.from(fromBase64url(readFileSync(join(home, `secrets/${owner}.secret`), "utf8").trim()));
}

function openKey(home: string, owner: string, purpose: string): SigningKey {
  const passphrase = secretOf(home, owner);
  const file = readFileSync(join(home, `keys/${owner}/${purpose}.key`), "utf8");
  return signingKey(openKeyFile(file, passphrase).secret);
}

/** The key that signs a service's envelopes, opened with that service's own secret. */
export const serviceKey = (home: string, service: Service): SigningKey => openKey(home, service, "service");

export const issuerKey = (home: string): SigningKey => openKey(home, "issuer", "issuer");

/** The instance id that a service drew at its present start: what anyone on loopback may ask it for. */
export async function instanceOf(url: string, home: string): Promise<string> {
  const registry = JSON.parse(readFileSync(join(home, "keys/registry.json"), "utf8")) as {
    keys: { service: string; purpose: string; kid: string }[];
  };
  const channel = registry.keys.find((key) => key.service === "sigilderg" && key.purpose === "channel");
  const { header } = newChallenge(channel?.kid ?? "");
  const response = await fetch(url + CHALLENGE_PATH, { headers: { "sigil-challenge": header } });
  return ((await response.json()) as { instance: string }).instance;
}
