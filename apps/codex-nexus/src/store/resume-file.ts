import { readFileSync, rmSync } from "node:fs";
import { StoreError } from "../domain/error.ts";
import type { ResumeFile } from "../domain/verify/resume.ts";
import { replaceFile } from "./key-files.ts";

const MAX_CHARS = 4096;

/** A private file, replaced atomically. */
export class FileResume implements ResumeFile {
  readonly #path: string;
  readonly #failed: (line: string) => void;
  #writable = true;

  /** `failed` is told once when the file cannot be written; the verification goes on without it. */
  constructor(path: string, failed: (line: string) => void) {
    this.#path = path;
    this.#failed = failed;
  }

  read(): string | undefined {
    try {
      const text = readFileSync(this.#path, "utf8");
      // What is longer was not written here; the MAC of its beginning is not right.
      return text.slice(0, MAX_CHARS);
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
      throw new StoreError("resume-invalid", `the resume file at ${this.#path} cannot be read`, {
        cause,
        remedy: "Check its permissions, or verify without --resume: then every record is looked at.",
      });
    }
  }

  write(text: string): void {
    if (!this.#writable) return;
    try {
      replaceFile(this.#path, text);
    } catch (error) {
      this.#writable = false;
      const why = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      this.#failed(
        `the resume file at ${this.#path} cannot be written (${why}): an interruption begins anew\n`,
      );
    }
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
