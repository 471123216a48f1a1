import { ControlPlaneError } from "./error.ts";

/** One reason why the control plane cannot do its work now. */
export interface Unready {
  readonly code: string;
  readonly detail: string;
}

/** Characters of a reason that are told. */
const MOST_DETAIL = 512;

/** Something that must be well: undefined when it is, else why not. It never rejects. */
export type Check = () => Promise<Unready | undefined> | Unready | undefined;

export interface ReadinessOptions {
  /** The data plane. Nothing is synchronised while it is not well. */
  readonly store: Check;
  /** Everything else. */
  readonly others: readonly Check[];
  /** Reads the records again; runs when the store comes (back) into reach. Rejects when the records are not right. */
  readonly synchronise: () => Promise<void>;
  readonly failed?: (error: unknown) => void;
}

/**
 * Why the control plane is not ready, asked anew every `probe`. What it depends on may come and go: it turns red with
 * the reason, and green by itself when the reason is gone and the records have been read again.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  #reasons: readonly Unready[] = [
    { code: "starting", detail: "the first check of the services behind has not ended" },
  ];
  #synchronised = false;
  #probing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  get reasons(): readonly Unready[] {
    return this.#reasons;
  }

  /** Probes now and from now on: often while there is a reason, else every `everyMs`. */
  async start(everyMs = 2_000, unreadyMs = 200): Promise<void> {
    this.#stopped = false;
    await this.probe();
    if (this.#stopped) return;
    const delay = this.#reasons.length === 0 ? everyMs : unreadyMs;
    this.#timer = setTimeout(() => void this.start(everyMs, unreadyMs), delay);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** One round of checks; rounds never overlap. */
  probe(): Promise<void> {
    this.#probing ??= this.#round().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #round(): Promise<void> {
    const [store, ...others] = await Promise.all([
      this.#store(),
      ...this.#options.others.map((check) => check()),
    ]);
    this.#reasons = [store, ...others].filter((reason) => reason !== undefined);
  }

  async #store(): Promise<Unready | undefined> {
    const reason = await this.#options.store();
    if (reason !== undefined) {
      // Whatever it was, the store that answers next may be another one.
      this.#synchronised = false;
      return reason;
    }
    if (this.#synchronised) return undefined;
    try {
      await this.#options.synchronise();
      this.#synchronised = true;
      return undefined;
    } catch (error) {
      this.#options.failed?.(error);
      const named = error instanceof ControlPlaneError ? `${error.code}: ` : "";
      const detail = error instanceof Error ? `${named}${error.message}` : String(error);
      return { code: "store-not-read", detail: detail.slice(0, MOST_DETAIL) };
    }
  }
}
