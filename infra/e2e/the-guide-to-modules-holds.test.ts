import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePorts, temporaryHome } from "./runtime.ts";

const root = join(import.meta.dirname, "../..");
const place = temporaryHome("guide");
const terminals: ChildProcess[] = [];

afterAll(async () => {
  await Promise.all(
    terminals.map((terminal) => {
      if (terminal.exitCode !== null) return undefined;
      const gone = new Promise((resolve) => terminal.once("close", resolve));
      terminal.kill("SIGINT");
      return gone;
    }),
  );
  place.remove();
});

/** A fenced block of the page: its language with what is said beside it, its text, and where it begins. */
interface Block {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
}

function blocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: kind = "", 2: text = "", index }) => ({
      kind,
      text,
      line: markdown.slice(0, index).split("\n").length,
    }),
  );
}

/** A line of the page as it may stand in what was printed: an ellipsis is anything. */
function shown(line: string): RegExp {
  const parts = line
    .trim()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join(".*"));
}

/** One shell for all blocks of a reader: each begins where the one before ended, with its variables and functions. */
class Reader {
  readonly #state = join(place.parent, "state.sh");
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
    writeFileSync(this.#state, `cd ${JSON.stringify(root)}\n`);
  }

  async types(block: string): Promise<{ code: number; output: string }> {
    const script = `set -euo pipefail\n. ${JSON.stringify(this.#state)}\n${block}\n{ declare -f; printf 'SIGIL=%q\\ncd %q\\n' "$SIGIL" "$PWD"; } > ${JSON.stringify(this.#state)}\n`;
    const child = this.#bash(script);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text) => (output += text));
    const code = await new Promise<number>((resolve) =>
      child.once("close", (status) => resolve(status ?? 255)),
    );
    return { code, output };
  }

  /** Leaves a block running, as in a second terminal, until it says that it is ready. */
  async leaves(block: string): Promise<void> {
    const child = this.#bash(`. ${JSON.stringify(this.#state)}\nexec ${block.trim()}`);
    terminals.push(child);
    let output = "";
    await new Promise<void>((resolve, reject) => {
      const heard = (text: string) => {
        output += text;
        if (/is ready/.test(output)) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", heard);
      child.once("close", () => reject(new Error(output)));
    });
  }

  #bash(script: string): ChildProcess {
    return spawn("bash", ["-c", script], { env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
  }
}

test("every command of the guide to modules does what the page says, in the order of the page", async () => {
  const page = blocks(readFileSync(join(root, "docs/guides/write-a-module.md"), "utf8"));
  const home = join(place.parent, "reader");
  mkdirSync(home);
  const [door = 0, mmf = 0, nexus = 0] = await freePorts(3);
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_")));
  const reader = new Reader({
    ...own,
    HOME: home,
    SIGIL_HOME: place.home,
    SIGIL_SIGILDERG_PORT: String(door),
    SIGIL_MMF_PORT: String(mmf),
    SIGIL_CODEX_NEXUS_PORT: String(nexus),
    NO_COLOR: "1",
  });
  const problems: string[] = [];
  let typed = 0;
  let output = "";
  for (const { kind, text, line } of page) {
    // What comes after a command that did something else says nothing.
    if (problems.length > 0) break;
    if (kind === "sh terminal") await reader.leaves(text);
    else if (kind === "sh" || kind === "sh refused") {
      const result = await reader.types(text);
      output = result.output;
      if ((result.code === 0) !== (kind === "sh"))
        problems.push(`line ${line}: exit code ${result.code}\n${output}`);
      typed += 1;
    } else if (kind === "text") {
      const absent = text.split("\n").filter((each) => !shown(each).test(output));
      problems.push(...absent.map((each) => `line ${line}: not printed: ${each}\n${output}`));
    }
  }
  expect(problems).toEqual([]);
  expect(typed).toBeGreaterThan(6);
  expect(existsSync(join(home, "modules/greeter/package/sigil.sig.json"))).toBe(true);
}, 300_000);
