import { type ChildProcess, spawn } from "node:child_process";
import type { SubjectLine, SubjectPlan } from "./plan.ts";

/** A record that a subject acknowledged. */
export interface Acknowledged {
  readonly id: string;
  readonly index: number;
  readonly text: string;
}

/** Everything that one life of a subject told, and how it ended. */
export interface Told {
  readonly opened: boolean;
  readonly closed: boolean;
  readonly acknowledged: readonly Acknowledged[];
  /** Keys whose rotation was acknowledged. */
  readonly rotated: readonly { readonly role: "record" | "log"; readonly kid: string }[];
  readonly refused: readonly { readonly code: string; readonly message: string }[];
  readonly notOpened: { readonly code: string; readonly message: string } | undefined;
  readonly notClosed: { readonly code: string; readonly message: string } | undefined;
  /** Requests that were acknowledged after the last one that was refused. */
  readonly recovered: boolean;
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly stderr: string;
}

/** A running subject; a last line that the kill cut in half was not said. */
export class Life {
  readonly child: ChildProcess;
  readonly ended: Promise<Told>;
  readonly #lines: SubjectLine[] = [];
  #heard = () => {};

  /** `around` is a command that the subject runs under, such as strace with its options. */
  constructor(program: string, plan: SubjectPlan, around: readonly string[] = []) {
    const [command = process.execPath, ...args] = [
      ...around,
      process.execPath,
      program,
      JSON.stringify(plan),
    ];
    // One thread for files: with more, the calls that write the anchor have no fixed order.
    const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
    this.child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let rest = "";
    let stderr = "";
    // A character may lie across two chunks.
    this.child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#lines.push(JSON.parse(line) as SubjectLine);
      this.#heard();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk));
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        this.#heard();
        resolve({ ...this.#told(), code, signal, stderr });
      });
    });
  }

  /** Resolves after the first line of this kind, or when the subject has ended. */
  saying(wanted: "acknowledged" | "written"): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = () => {
        const ended = this.child.exitCode !== null || this.child.signalCode !== null;
        if (ended || this.#lines.some(({ event }) => event === wanted)) resolve();
      };
      this.#heard();
    });
  }

  #told(): Omit<Told, "code" | "signal" | "stderr"> {
    const of = <E extends SubjectLine["event"]>(event: E) =>
      this.#lines.filter((line): line is SubjectLine & { event: E } => line.event === event);
    const last = (wanted: string) => this.#lines.findLastIndex(({ event }) => event === wanted);
    return {
      opened: of("open").length > 0,
      closed: of("closed").length > 0,
      acknowledged: of("acknowledged"),
      rotated: of("rotated"),
      refused: of("refused"),
      notOpened: of("not-opened")[0],
      notClosed: of("not-closed")[0],
      recovered: last("acknowledged") > last("refused"),
    };
  }
}
