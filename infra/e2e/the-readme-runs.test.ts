// Every command that README.md shows, typed as it stands there, in a folder like a reader's.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Runtime, SIGIL, sigil, temporaryHome } from "./runtime.ts";

const root = join(import.meta.dirname, "../..");
const { home, parent, remove } = temporaryHome("readme");
const blocks = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```\w*\n([\s\S]*?)^```$/gm)]
  .map(([, block = ""]) => block)
  .join("\n");

/** What stands in a column of its own: two commands may share a line, and a sentence may follow one. */
const columns = blocks.split("\n").flatMap((line) => line.trim().split(/ {2,}/));
const commands = columns
  .map((column) => column.replace(/^npm run -s sigil -- /, "sigil "))
  .filter((column) => column.startsWith("sigil "))
  .map((column) => column.slice("sigil ".length));
const scripts = columns.filter((column) => /^npm (?!run -s sigil)/.test(column));

/** Exit codes other than 0: the README says what they mean. */
const EXITS: Readonly<Record<string, number>> = { "policy explain memory.write --level Observer": 1 };

/** The words of a command line: what is quoted is one. */
const words = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.start(home);
  mkdirSync(join(parent, "src"));
  copyFileSync(join(root, "docs/examples/rust/orders.rs"), join(parent, "src/main.rs"));
  mkdirSync(join(parent, "docs/examples/rust"), { recursive: true });
  copyFileSync(join(parent, "src/main.rs"), join(parent, "docs/examples/rust/orders.rs"));
  copyFileSync(join(home, "trust.json"), join(parent, "trust.json"));
});
afterAll(async () => {
  await runtime?.stop();
  remove();
});

/** Runs until it has printed something, then ends it as Ctrl-C does. */
function interrupted(args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SIGIL, ...args, ...runtime.flags], {
      cwd: parent,
      env: { ...process.env, SIGIL_HOME: home },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let stdout = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      child.kill("SIGINT");
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code, stdout }));
  });
}

describe("README.md", () => {
  it("shows commands and scripts", () => {
    expect(commands.length).toBeGreaterThan(8);
    // `npm start` is the build and what this file starts; `npm test` runs this; the demonstration has a file of its own.
    expect(scripts.sort()).toEqual(["npm start", "npm test"]);
  });

  it("shows no command that does not run as it stands there", async () => {
    const { id } = await runtime.json("memory", "write", "a block to export");
    const failed: string[] = [];
    for (const line of commands) {
      const args = words(line.replace("<id>…", id));
      const { code, stdout } =
        line === "audit follow"
          ? await interrupted(args)
          : await sigil(home, [...args, ...runtime.flags], { cwd: parent });
      const stopped = line === "audit follow" && stdout !== "";
      if (code !== (EXITS[line] ?? 0) && !stopped) failed.push(`sigil ${line}: ${code}\n${stdout}`);
    }
    expect(failed).toEqual([]);
  });
});
