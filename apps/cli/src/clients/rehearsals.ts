import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type RehearsalAnswer, rehearsalAnswer } from "@sigil/wire";
import type { Rehearsals } from "../domain/author/tools.ts";
import { CliError } from "../domain/error.ts";
import { lastWord } from "./processes.ts";

interface Place {
  readonly apps: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly set: readonly string[];
  readonly signal: AbortSignal;
}

/** The built executor's own command: the sandbox of an author is the one that will run the module. */
export function rehearsals({ apps, home, env, set, signal }: Place): Rehearsals {
  const mmf = join(apps, "mmf/dist/mmf.js");
  if (!existsSync(mmf))
    throw new CliError(
      "not-built",
      `${mmf} is missing`,
      "Run `npm start` once in the repository; it builds the services.",
    );
  const child = spawn(
    process.execPath,
    [mmf, "rehearse", "--home", home, ...set.flatMap((pair) => ["--set", pair])],
    { stdio: ["pipe", "pipe", "pipe"], env, windowsHide: true },
  );
  const waiting = new Map<
    number,
    { give: (answer: RehearsalAnswer) => void; fail: (error: Error) => void }
  >();
  let words = "";
  let ended: CliError | undefined;
  let next = 1;
  const end = (why: string) => {
    const last = lastWord(words);
    ended ??= new CliError(
      "rehearsal-ended",
      last === undefined ? `mmf ${why}` : `mmf: ${last.code}: ${last.message}`,
      last?.remedy ?? "`sigil doctor` checks this installation.",
    );
    for (const { fail } of waiting.values()) fail(ended);
    waiting.clear();
  };
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    words = (words + chunk).slice(-65_536);
  });
  child.stdin.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => {
    child.once("close", (code, killed) => {
      end(`ended with ${killed === null ? `exit code ${code}` : `signal ${killed}`}`);
      resolve();
    });
    child.once("error", (error) => {
      end(`did not start: ${error.message}`);
      resolve();
    });
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = readAnswer(line);
    if (answer === undefined) return end("answered something else than was asked");
    waiting.get(answer.id)?.give(answer);
    waiting.delete(answer.id);
  });
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  return {
    ask(request) {
      if (ended !== undefined) return Promise.reject(ended);
      const id = next++;
      return new Promise((give, fail) => {
        waiting.set(id, { give, fail });
        child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      });
    },
    async close() {
      signal.removeEventListener("abort", stop);
      child.stdin.end();
      await gone;
    },
  };
}

function readAnswer(line: string): RehearsalAnswer | undefined {
  try {
    return rehearsalAnswer.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
