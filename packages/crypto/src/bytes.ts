// What needs no cryptography and no platform: spellings of bytes, the error, and the interfaces of keys.
export { concatBytes } from "./concat.ts";
export { fromBase64, fromBase64url, toBase64, toBase64url } from "./encoding/base64.ts";
export { fromHex, toHex } from "./encoding/hex.ts";
export { fromUtf8, utf8 } from "./encoding/text.ts";
export { CryptoError, type CryptoErrorCode } from "./error.ts";
export type { ChannelKey, SigningKey, VerifyKey } from "./key.ts";
export { Secret } from "./secret.ts";
