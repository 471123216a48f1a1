export { concatBytes } from "./concat.ts";
export { fromBase64, fromBase64url, toBase64, toBase64url } from "./encoding/base64.ts";
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
export { signingKey, verifyKey } from "./portable/ed25519.ts";
export { equalBytes, hkdfSha256, hmacSha256, sha256, sha256Text } from "./portable/hash.ts";
export { generateSeed, randomBytes } from "./portable/random.ts";
export {
  seedFromJwk,
  seedFromPem,
  seedFromPkcs8,
  seedToJwk,
  seedToPem,
  seedToPkcs8,
} from "./portable/seed-formats.ts";
export { channelKey, channelPublic } from "./portable/x25519.ts";
export { Secret } from "./secret.ts";
