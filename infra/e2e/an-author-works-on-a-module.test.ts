import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { SIGIL, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("author");
const module = join(place.parent, "greeter");
const entry = join(module, "src/index.ts");

beforeAll(async () => {
  const made = await sigil(place.home, ["module", "new", "greeter"], { cwd: place.parent });
  if (made.code !== 0) throw new Error(made.stderr);
});
afterAll(() => place.remove());

/** As an editor saves: whole, in one step. */
function save(text: string): void {
  writeFileSync(join(module, "next.ts"), text);
  renameSync(join(module, "next.ts"), entry);
}

const command = async (cwd: string, ...words: string[]) => {
  const { code, stdout, stderr } = await sigil(place.home, [...words, "--json"], { cwd });
  return { code, stderr, answer: JSON.parse(stdout) };
};

/** `sigil module dev --json` as it runs: each round is one line. */
class Development {
  readonly #child: ChildProcess;
  readonly #rounds: Promise<unknown>[] = [];
  readonly #give: ((round: unknown) => void)[] = [];
  readonly ended: Promise<number | null>;

  constructor(cwd: string) {
    this.#child = spawn(process.execPath, [SIGIL, "module", "dev", "--json"], {
      cwd,
      env: { ...process.env, SIGIL_HOME: place.home },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    this.#child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.#slot().give(JSON.parse(line));
    });
    this.ended = new Promise((resolve) => this.#child.once("exit", resolve));
  }

  #given = 0;
  #taken = 0;

  #slot(at = this.#given++) {
    if (this.#rounds[at] === undefined)
      this.#rounds[at] = new Promise((resolve) => {
        this.#give[at] = resolve;
      });
    return { round: this.#rounds[at], give: this.#give[at] as (round: unknown) => void };
  }

  /** The next round that is `so`: a save may be told as more than one change. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON of another process, compared by the test
  async next(so: (round: any) => boolean): Promise<any> {
    for (;;) {
      const round = await this.#slot(this.#taken++).round;
      if (so(round)) return round;
    }
  }

  stop(): void {
    this.#child.kill("SIGINT");
  }
}

describe("an author's module", () => {
  test("made from the template passes its own tests in the real sandbox, and holds against every attack", async () => {
    const { code, answer, stderr } = await command(module, "module", "test");
    expect(code, stderr).toBe(0);
    expect(answer.failed).toBe(0);
    expect(answer.cases.map(({ name }: { name: string }) => name)).toHaveLength(3);
    const [first] = answer.cases;
    expect(first.answer.rehearsal.replay).toEqual({ same: true, detail: null });
    const attacks = answer.conformance.map(({ name }: { name: string }) => name);
    expect(attacks).toEqual(
      expect.arrayContaining([
        "an endless loop is stopped",
        "a memory bomb is stopped",
        "a citation of what was not read is no Allow",
        "memory.write, which is not declared, is refused",
      ]),
    );
  });

  test("is built, run and shown again on every save, with the author's own lines when it fails", async () => {
    const sound = readFileSync(entry, "utf8");
    const development = new Development(module);
    // A round that never comes leaves no process behind.
    onTestFinished(() => development.stop());
    try {
      const first = await development.next(() => true);
      expect(first).toMatchObject({ round: 1, failed: 0 });
      const [call] = first.cases[0].answer.rehearsal.calls;
      expect(call).toMatchObject({ method: "memory.list", result: { items: [] } });

      const at = sound.split("\n").findIndex((line) => line.includes("const known ="));
      const lines = sound.split("\n");
      lines.splice(at, 0, '    if (items.length === 0) throw new TypeError("nobody here");');
      save(lines.join("\n"));
      const second = await development.next(({ failed }) => failed === 1);
      expect(second.cases[0].problems[0]).toBe(
        `guest-error: TypeError: nobody here\n    at run (src/index.ts:${at + 1}:39)`,
      );

      save(sound.replace("ctx.memory.list", "ctx.memory.write"));
      const third = await development.next(({ error }) => error !== undefined);
      expect(third.error.code).toBe("module-types-refused");
      expect(third.error.message).toMatch(/^src\/index\.ts:\d+:\d+: Property 'write' does not exist/);

      save(sound);
      const last = await development.next(({ failed }) => failed === 0);
      expect(last.digest).toBe(first.digest);
    } finally {
      save(sound);
      development.stop();
    }
    expect(await development.ended).toBe(0);
  });

  test("brings canon, crypto and policy along, which hash, canonicalise and verify inside the guest", async () => {
    const example = join(import.meta.dirname, "../../docs/examples/modules/signed-note");
    const { code, answer, stderr } = await command(place.parent, "module", "test", example, "--case", "note");
    expect(code, stderr).toBe(0);
    const said = answer.cases.map(
      // biome-ignore lint/suspicious/noExplicitAny: JSON of another process, compared here
      ({ answer: { rehearsal } }: any) => [rehearsal.verdict, rehearsal.output.reasoning],
    );
    expect(said).toEqual([
      [
        "Allow",
        expect.stringMatching(
          /^The note is sha256:[0-9a-f]{64}\. Its signature holds\. .* Operator is enough\.$/,
        ),
      ],
      ["Deny", expect.stringContaining("Its signature does not hold: signature-invalid.")],
    ]);
  });
});

describe("`sigil module new`", () => {
  test("writes into nothing that is there, and takes no name that leads elsewhere", async () => {
    const before = readFileSync(entry, "utf8");
    const again = await command(place.parent, "module", "new", "greeter");
    expect([again.code, again.answer.error.code]).toEqual([1, "file-exists"]);
    expect(readFileSync(entry, "utf8")).toBe(before);
    const elsewhere = await command(place.parent, "module", "new", "../greeter2");
    expect([elsewhere.code, elsewhere.answer.error.code]).toEqual([2, "argument-invalid"]);
  });
});
