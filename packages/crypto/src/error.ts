/** Everything that can go wrong in this package, as kebab-case facts. The list is closed. */
export type CryptoErrorCode =
  | "aead-context"
  | "agreement-zero"
  | "base64-malformed"
  | "base64url-malformed"
  | "decrypt-failed"
  | "hex-malformed"
  | "kdf-parameters"
  | "key-encoding"
  | "key-format"
  | "key-length"
  | "key-small-order"
  | "length-out-of-range"
  | "passphrase-wrong"
  | "random-unavailable"
  | "sealed-file-damaged"
  | "sealed-file-malformed"
  | "sealed-file-refused"
  | "sealed-file-version"
  | "signature-invalid"
  | "signature-length"
  | "utf8-malformed";

/** The only error that this package throws on purpose. `message` never contains key material or plaintext. */
export class CryptoError extends Error {
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CryptoError";
    this.code = code;
  }
}
