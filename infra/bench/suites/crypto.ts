// packages/crypto against the same operation of node:crypto with reused key objects.
import { createCipheriv, createSecretKey, hash, sign, verify } from "node:crypto";
import {
  AeadKey,
  aeadSeal,
  nodeKeyObject,
  randomBytes,
  Secret,
  sha256,
  signingKey,
  verifyKey,
} from "@sigil/crypto";
import * as portable from "@sigil/crypto/portable";
import nacl from "tweetnacl";
import { type Line, measure, type Scale } from "../measure.ts";

const BATCH = 50;

/** `BATCH` operations in one call. */
export function batched(operation: () => unknown): () => void {
  return () => {
    for (let i = 0; i < BATCH; i++) operation();
  };
}

export async function* crypto(scale: Scale): AsyncGenerator<Line> {
  const suite = { ...scale, suite: "crypto", batch: BATCH };
  const seed = Secret.from(new Uint8Array(32).fill(7));
  const message = randomBytes(1024);
  const key = signingKey(seed);
  const signature = key.sign(message);
  const enrolled = verifyKey(key.publicKey.raw);
  const secretObject = nodeKeyObject(key);
  const publicObject = nodeKeyObject(key.publicKey);
  yield await measure({
    ...suite,
    case: "sign",
    baseline: "node:crypto sign of the same 1 KiB with a reused KeyObject",
    run: batched(() => key.sign(message)),
    runBaseline: batched(() => sign(null, message, secretObject)),
  });
  yield await measure({
    ...suite,
    case: "verify",
    baseline: "node:crypto verify of the same 1 KiB with a reused KeyObject",
    run: batched(() => enrolled.verify(message, signature)),
    runBaseline: batched(() => verify(null, message, publicObject, signature)),
  });

  const raw = createSecretKey(randomBytes(32));
  const aead = AeadKey.from(Secret.from(raw.export()));
  const seal = () => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", raw, nonce, { authTagLength: 16 });
    return Buffer.concat([nonce, cipher.update(message), cipher.final(), cipher.getAuthTag()]);
  };
  yield await measure({
    ...suite,
    case: "aead-seal",
    baseline: "node:crypto AES-256-GCM of the same 1 KiB with a reused KeyObject, without associated data",
    run: batched(() => aeadSeal(aead, message, ["BENCH-ROW-V1", "id"])),
    runBaseline: batched(seal),
  });
  yield await measure({
    ...suite,
    case: "sha256",
    baseline: "crypto.hash of the same 1 KiB",
    run: batched(() => sha256(message)),
    runBaseline: batched(() => hash("sha256", message, "buffer")),
  });

  const anywhere = portable.verifyKey(key.publicKey.raw);
  const rawKey = key.publicKey.raw;
  yield await measure({
    ...suite,
    batch: 1,
    case: "portable-verify",
    baseline: "tweetnacl verify of the same 1 KiB",
    run: () => anywhere.verify(message, signature),
    runBaseline: () => nacl.sign.detached.verify(message, signature, rawKey),
  });
}
