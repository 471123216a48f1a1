/** One sealed key file, as far as its clear header says. Nothing is opened to list keys. */
export interface KeyRow {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string | null;
  readonly createdAt: string | null;
  /** `scrypt 2^12`: what a guesser of the secret has to pay. */
  readonly sealedWith: string | null;
  readonly path: string;
  /** Why it cannot be used as it is; null when nothing is wrong with the file itself. */
  readonly problem: string | null;
}
