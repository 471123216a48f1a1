import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = join(import.meta.dirname, "../../src/main.ts");

/** The service as a process of its own, from source. */
export class MmfProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<{ code: number | null; stderr: string }>;
  readonly address: Promise<string>;

  constructor(home: string, settings: Record<string, string | number>) {
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const env = { PATH: process.env.PATH };
    this.#child = spawn(process.execPath, [main, "serve", "--home", home, ...set], { env });
    let stderr = "";
    this.#child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code) => resolve({ code, stderr }));
    });
    this.address = new Promise((resolve, reject) => {
      const lines = createInterface({ input: this.#child.stdout ?? process.stdin });
      lines.on("line", (line) => {
        const entry = JSON.parse(line) as { msg: string; address?: string };
        if (entry.msg === "ready" && entry.address) resolve(entry.address);
      });
      void this.exited.then(({ stderr: why }) => reject(new Error(`mmf ended: ${why}`)));
    });
    this.address.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  stop(): Promise<{ code: number | null; stderr: string }> {
    this.#child.kill("SIGTERM");
    return this.exited;
  }
}
