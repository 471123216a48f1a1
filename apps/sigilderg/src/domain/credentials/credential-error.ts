/** What is wrong with a credential that is no licence itself. The caller is told no more than of a bad licence. */
export type CredentialErrorCode = "session-secret" | "session-unknown";

export class CredentialError extends Error {
  readonly code: CredentialErrorCode;

  constructor(code: CredentialErrorCode, message: string) {
    super(message);
    this.name = "CredentialError";
    this.code = code;
  }
}
