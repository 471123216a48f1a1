/** Everything that keeps a service from starting or from listening. The list is closed. */
export type ServiceErrorCode =
  | "address-unavailable"
  | "arguments-invalid"
  | "config-unknown-key"
  | "config-invalid-value"
  | "config-malformed"
  | "config-unreadable"
  | "home-unknown"
  | "key-file-missing"
  | "key-file-unreadable"
  | "key-file-exposed"
  | "key-registry-malformed"
  | "key-registry-mismatch"
  | "key-secret-malformed"
  | "key-secret-wrong"
  | "node-too-old"
  | "port-busy"
  | "port-forbidden"
  | "route-unmapped"
  | "route-unhandled"
  | "route-duplicate"
  | "action-unmapped";

/** A service cannot start as it is configured. `remedy` is the sentence for the operator. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;
  readonly remedy: string;

  constructor(code: ServiceErrorCode, message: string, remedy: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ServiceError";
    this.code = code;
    this.remedy = remedy;
  }
}
