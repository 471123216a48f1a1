export { concatBytes } from "./concat.ts";
export { fromHex, toHex } from "./encoding/hex.ts";
export { fromUtf8, utf8 } from "./encoding/text.ts";
export { CryptoError, type CryptoErrorCode } from "./error.ts";
export {
  publicKeyFromJwk,
  publicKeyFromPem,
  publicKeyFromSpki,
  publicKeyToPem,
  publicKeyToSpki,
} from "./format/public-key.ts";
export {
  type ChannelKey,
  type ChannelPublic,
  type JwkPublic,
  jwkPublic,
  type SigningKey,
  type VerifyKey,
} from "./key.ts";
export { type AeadContext, AeadKey, aeadKeyObject, aeadOpen, aeadSeal, aeadSealOnce } from "./node/aead.ts";
export { fromBase64, fromBase64url, toBase64, toBase64url } from "./node/base64.ts";
export {
  hasNodeKeyObject,
  nodeKeyObject,
  signingKey,
  signWithObject,
  verifyInPool,
  verifyKey,
} from "./node/ed25519.ts";
export { equalBytes, hkdfSha256, hmacSha256, sha256, sha256Text } from "./node/hash.ts";
export {
  type KeyFileHeader,
  type KeyFileInput,
  type OpenedKeyFile,
  openKeyFile,
  readKeyFileHeader,
  sealKeyFile,
} from "./node/keyfile.ts";
export { generateSeed, randomBytes } from "./node/random.ts";
export { HUMAN_SCRYPT, MACHINE_SCRYPT, type ScryptParams } from "./node/scrypt.ts";
export {
  seedFromJwk,
  seedFromPem,
  seedFromPkcs8,
  seedToJwk,
  seedToPem,
  seedToPkcs8,
} from "./node/seed-formats.ts";
export { channelKey, channelPublic } from "./node/x25519.ts";
export { Secret } from "./secret.ts";
