import { CryptoError } from "@sigil/crypto/bytes";
import { CanonError } from "../error.ts";
import type { BundleRefusal, BundleStep, BundleStepName } from "./report.ts";

/** A check that failed; with a code when it is not that of its step. */
export class Refusal extends Error {
  readonly code: BundleRefusal | undefined;

  constructor(message: string, code?: BundleRefusal) {
    super(message);
    this.name = "Refusal";
    this.code = code;
  }
}

/** A check that could not be made because nobody gave the key. */
export class NotChecked extends Error {}

/** The steps made so far, in order, and the code of the first that failed. */
export class Steps {
  readonly made: BundleStep[] = [];
  #code: BundleRefusal | undefined;

  get code(): BundleRefusal | undefined {
    return this.#code;
  }

  /**
   * Makes one check and records it. `check` returns the sentence of its success; a refusal by this package or by crypto
   * counts as `code`. Returns whether it passed. Anything else that is thrown is a defect and goes on.
   */
  make(name: BundleStepName, subject: string | undefined, code: BundleRefusal, check: () => string): boolean {
    const add = (ok: boolean, detail: string) =>
      this.made.push(subject === undefined ? { name, ok, detail } : { name, ok, subject, detail });
    try {
      add(true, check());
      return true;
    } catch (error) {
      if (error instanceof NotChecked) {
        add(false, error.message);
        return true;
      }
      if (!(error instanceof Refusal || error instanceof CanonError || error instanceof CryptoError))
        throw error;
      this.#code ??= (error instanceof Refusal ? error.code : undefined) ?? code;
      add(false, error.message);
      return false;
    }
  }
}
