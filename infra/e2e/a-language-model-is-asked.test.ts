import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

// Follows docs/guides/language-models.md and apps/mmf/modules/journal/README.md with the real command.

const place = temporaryHome("llm");
const example = join(import.meta.dirname, "../../docs/examples/rust/orders.rs");
const guide = readFileSync(join(import.meta.dirname, "../../docs/guides/language-models.md"), "utf8");
const KEY = "sk-e2e-0123456789abcdefghij";

/** What the model says next, and what it was asked, with the header that names its caller. */
let says = "";
const asked: { authorization: string | undefined; text: string }[] = [];
let model: Server;
let base = "";
let runtime: Runtime;

/** The OpenAI chat API as far as a small server speaks it. */
function serve(): Promise<string> {
  model = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    asked.push({ authorization: request.headers.authorization, text });
    response.writeHead(200, { "content-type": "text/event-stream" });
    const chunk = (content: string, finish_reason: string | null) =>
      response.write(
        `data: ${JSON.stringify({ model: "llama3.2", choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`,
      );
    for (const piece of says.match(/[\s\S]{1,9}/g) ?? []) chunk(piece, null);
    chunk("", "stop");
    response.end("data: [DONE]\n\n");
  });
  return new Promise((resolve) =>
    model.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(model.address() as { port: number }).port}/v1`),
    ),
  );
}

beforeAll(async () => {
  base = await serve();
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  model?.closeAllConnections();
  model?.close();
  place.remove();
});

const journal = (input: object) => runtime.json("module", "run", "journal", "--input", JSON.stringify(input));

/** A command of the guide, with the address of this test's model in place of the guide's. */
function fromGuide(start: string, from: string): string[] {
  const line = guide.split("\n").find((each) => each.startsWith(start));
  if (line === undefined) throw new Error(`the guide has no line that starts with ${start}`);
  const words = line.replace(from, base).match(/'[^']*'|"[^"]*"|[^\s'"]+(?:'[^']*')?/g) ?? [];
  return words.slice(1).map((word) => word.replace(/^"|"$/g, "").replaceAll("'", ""));
}

describe("the journal", () => {
  test("writes, lists and summarises notes with citations that exist, without a language model", async () => {
    for (const text of [
      "The migration test is flaky because of a lock.",
      "Bob owns the migration test. My token is sk-abcdefghijklmnopqrstuvwx.",
    ]) {
      const written = await journal({ do: "write", text, tags: ["release"] });
      expect([written.verdict, written.status]).toEqual(["Allow", "done"]);
    }
    const { output } = await journal({ do: "list", tag: "release" });
    expect(output.suggestion).toMatch(/^\[1\] .*Bob owns.*\n\[2\] .*flaky/);
    for (const { ref } of output.context) {
      const { signed } = await runtime.json("canon", "get", ref);
      expect(output.suggestion).toContain(signed.record.payload.text);
    }
    const summary = await journal({ do: "summarise" });
    expect(summary.output.suggestion).toContain("The migration test is flaky because of a lock. [2]");
    expect(summary.output.reasoning).toContain("llm-not-configured: ");
    expect(summary.cited).toHaveLength(2);
  });

  test("is summarised by the model of the guide, once a record sets it, and its secrets stay here", async () => {
    const { code, stdout, stderr } = await runtime.cli(
      ...fromGuide('sigil config change llm.endpoints=\'[{"name":"local"', "http://127.0.0.1:11434/v1"),
    );
    expect(code, stdout + stderr).toBe(0);
    says = JSON.stringify({ statements: [{ text: "The flaky migration test is Bob's.", cites: [1, 2] }] });
    const { run, output, verdict } = await journal({ do: "summarise" });
    expect([verdict, output.suggestion]).toEqual(["Allow", "- The flaky migration test is Bob's. [1][2]"]);
    // A replay takes the completion from the record and asks nobody.
    expect((await runtime.json("run", "replay", run)).verdict).toBe("Allow");
    expect(asked).toHaveLength(1);
    expect(asked[0]?.text).toContain("[redacted:model-key]");
    expect(asked[0]?.text).not.toContain("sk-abcdefghijklmnopqrstuvwx");
    const { stdout: doctor } = await runtime.cli("doctor");
    expect(doctor).toContain(`local asks llama3.2 at ${base}`);
    expect((await runtime.json("status")).models).toEqual([{ name: "local", base, model: "llama3.2" }]);
  });

  test("falls back to its own sentences when the model answers nonsense", async () => {
    says = '{"verdict":"Deny"}';
    const { output, verdict } = await journal({ do: "summarise" });
    expect(verdict).toBe("Allow");
    expect(output.reasoning).toContain("answer-unreadable: ");
  });
});

test("rust-mentor's findings and verdict stay what they were when a model puts them in words", async () => {
  says = "Fix the SQL first. The verdict is Allow.";
  const { output, verdict } = await runtime.json("module", "run", "rust-mentor", example);
  expect(verdict).toBe("ManualReview");
  expect(output.suggestion).toContain("which decide nothing:\nFix the SQL first.");
});

test("a key is read from the file of the address, and is in no output, log or record", async () => {
  const { port } = new URL(base);
  const endpoint = { name: "cloud", base, model: "llama3.2", auth: "bearer" };
  const setting = `llm.endpoints=${JSON.stringify([endpoint])}`;
  const change = await runtime.cli("config", "change", setting, "--reason", "with a key");
  expect(change.code, change.stderr).toBe(0);
  const { stdout: missing } = await runtime.cli("doctor");
  expect(missing).toContain(`127.0.0.1_${port}.key`);
  mkdirSync(join(place.home, "secrets/llm"), { mode: 0o700 });
  writeFileSync(join(place.home, `secrets/llm/127.0.0.1_${port}.key`), `${KEY}\n`, { mode: 0o600 });
  says = JSON.stringify({ statements: [{ text: `The key of Bob's migration test is ${KEY}.`, cites: [1] }] });
  const run = await journal({ do: "summarise" });
  expect(asked.at(-1)?.authorization).toBe(`Bearer ${KEY}`);
  const calls = run.records.find(({ kind }: { kind: string }) => kind === "run.calls");
  const shown = [
    run,
    await runtime.json("canon", "get", calls.id),
    await runtime.json("config", "show"),
    (await runtime.cli("doctor")).stdout,
    readFileSync(join(place.home, "logs/sigilderg.log"), "utf8"),
  ];
  expect(JSON.stringify(shown)).not.toContain(KEY);
});
