import { canonicalBytes, type Json } from "@sigil/canon";
import { concatBytes, equalBytes, fromBase64url, sha256, toBase64url, utf8 } from "@sigil/crypto";
import { type Clock, timestamp } from "../clock.ts";
import { StoreError } from "../error.ts";
import type { RootKeys } from "../keys.ts";
import { hashRef } from "../seal.ts";
import type { StoredCheckpoint, StoreMeta } from "../storage.ts";
import type { PinnedKeys } from "./keys.ts";

type Known = Pick<StoredCheckpoint, "size" | "root">;

const DOMAIN = utf8("SIGIL-VERIFY-RESUME-V1\n");
const TYPE = "sigil-verify-resume";
const DAY_MS = 86_400_000;
const EVERY_MS = 1000;
const WHOLE = "Remove the file and verify again without --resume: then every record is looked at.";

/** What a verification was of: under the same keys, in the same file. Nothing that it found holds for another. */
export interface Subject {
  readonly meta: StoreMeta;
  readonly pinned: PinnedKeys;
  readonly genesis: string | undefined;
  /** Tells this database file from every other, a copy of it included. */
  readonly database: string;
}

/** Where an interrupted verification leaves what it had found to be sound. */
export interface ResumeFile {
  /** Undefined when there is none. Throws `resume-invalid` when it cannot be read. */
  read(): string | undefined;
  /** Replaces it atomically; a failure costs the file only. */
  write(text: string): void;
  remove(): void;
}

/** An interrupted verification that is gone on with. */
export interface Resumed extends Known {
  /** When its file was written. */
  readonly at: string;
}

/**
 * Keeps and believes the statement "the first `size` leaves, which give `root`, were sound at `at`", authenticated under a
 * key derived from the root key, so that nobody without it makes a verification skip a leaf. It is about the past: what was
 * damaged since is seen by a whole verification only, and so it is believed for a day.
 */
export class Resume {
  readonly #root: RootKeys;
  readonly #file: ResumeFile;
  readonly #clock: Clock;
  readonly #subject: string;
  #kept: number;

  constructor(root: RootKeys, file: ResumeFile, clock: Clock, { meta, pinned, genesis, database }: Subject) {
    this.#root = root;
    this.#file = file;
    this.#clock = clock;
    const { origin, epoch } = meta;
    const subject = { origin, epoch, database, pinned, genesis: genesis ?? null } as unknown as Json;
    this.#subject = hashRef(sha256(canonicalBytes(subject)));
    this.#kept = clock();
  }

  /** Whether it is time to keep what was found. */
  due(): boolean {
    return this.#clock() - this.#kept >= EVERY_MS;
  }

  keep({ size, root }: Known): void {
    this.#kept = this.#clock();
    this.#file.write(this.#text({ size, root: hashRef(root), at: timestamp(this.#kept) }));
  }

  /** For a verification that has come to its end. */
  remove(): void {
    this.#file.remove();
  }

  /**
   * The statement of the file; undefined when there is none. Throws `resume-invalid` for one that is not authentic,
   * `resume-foreign` for one about another file or other keys, `resume-stale` for one that is older than a day or from later.
   */
  read(): Resumed | undefined {
    const text = this.#file.read();
    if (text === undefined) return undefined;
    const told = this.#statement(text);
    if (told.subject !== this.#subject) {
      throw new StoreError(
        "resume-foreign",
        "the resume file is about another database file, or other pinned keys",
        {
          remedy: WHOLE,
        },
      );
    }
    const age = this.#clock() - Date.parse(told.at);
    if (!(age >= 0 && age <= DAY_MS)) {
      throw new StoreError("resume-stale", `the resume file is of ${told.at}, and believed for a day`, {
        remedy: WHOLE,
      });
    }
    const root = Uint8Array.from(Buffer.from(told.root.slice("sha256:".length), "hex"));
    return { size: told.size, root, at: told.at };
  }

  #statement(text: string): { size: number; root: string; at: string; subject: string } {
    try {
      const { v, type, size, root, at, subject, mac } = JSON.parse(text);
      const said = { v, type, size, root, at, subject };
      // Only what is authentic was written by `#text`, and has its shape.
      if (equalBytes(this.#mac(said), fromBase64url(mac)) && v === 1 && type === TYPE) return said;
    } catch {
      // Whatever it is, it is not what was written.
    }
    throw new StoreError("resume-invalid", "the resume file is damaged, or of another root key", {
      remedy: WHOLE,
    });
  }

  #text(said: { size: number; root: string; at: string }): string {
    const statement = { v: 1, type: TYPE, ...said, subject: this.#subject };
    return `${JSON.stringify({ ...statement, mac: toBase64url(this.#mac(statement)) })}\n`;
  }

  #mac(statement: object): Uint8Array {
    return this.#root.resumeMac(concatBytes(DOMAIN, canonicalBytes(statement as Json)));
  }
}

/** Refuses a statement that the store's own nodes do not give. */
export function resumeInconsistent(size: number): StoreError {
  return new StoreError(
    "resume-inconsistent",
    `the store's first ${size} records do not give the root of the resume file`,
    {
      remedy: WHOLE,
    },
  );
}
