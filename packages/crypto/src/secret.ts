const HIDDEN = "[secret]";

/**
 * Bytes that do not print: `toString`, `toJSON` and Node's inspection all answer `[secret]`, so a secret that strays
 * into a log line or an error leaks nothing.
 */
export class Secret {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Wraps a copy of `bytes`; the caller may wipe its own. */
  static from(bytes: Uint8Array): Secret {
    return new Secret(Uint8Array.from(bytes));
  }

  /** A copy of the bytes. Every call of `reveal` is a place to look at in a review. */
  reveal(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return HIDDEN;
  }
}
