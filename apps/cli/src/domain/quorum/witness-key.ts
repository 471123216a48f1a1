import type { KeyFileHeader, Secret, SigningKey } from "@sigil/crypto";
import { type KeyUse, newSealedKey, openSealedKey, sealedKeyHeader } from "../sealed-key.ts";

const WITNESS: KeyUse = {
  purpose: "witness",
  madeBy: "sigil witness key",
  lost: "another key: `sigil witness key --lost`",
};

/** A fresh key of a witness and the text of its sealed file. */
export function newWitnessKey(passphrase: Secret, createdAt: string): { key: SigningKey; file: string } {
  return newSealedKey(WITNESS, passphrase, createdAt);
}

/** What the file of a witness key says in clear. @throws CliError `key-file-damaged`, `key-file-foreign` */
export function witnessKeyHeader(path: string, text: string): KeyFileHeader & { readonly kid: string } {
  return sealedKeyHeader(WITNESS, path, text);
}

/** The witness key of a file. @throws CliError `key-file-damaged`, `key-file-foreign`, `key-file-refused` */
export function openWitnessKey(path: string, text: string, passphrase: Secret): SigningKey {
  return openSealedKey(WITNESS, path, text, passphrase);
}
