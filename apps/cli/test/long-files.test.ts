import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { toldBy } from "../src/clients/nexus.ts";
import type { FileLine } from "../src/domain/needs.ts";
import { barLine } from "../src/domain/progress.ts";
import { readLines, writeParts } from "../src/store/files.ts";
import { codeOf, folder } from "./place.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function* parts(...texts: string[]) {
  for (const text of texts) yield bytes(text);
}

async function* broken() {
  yield bytes("the first half");
  throw new Error("the door went away");
}

describe("a file that is written as its parts come", () => {
  test("is there under its name when all of it is", async () => {
    const path = join(folder(), "out.jsonl");
    await writeParts(path, parts("one\n", "two\n"), false);
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  });

  test("leaves nothing when its parts end early, and what it was to replace as it was", async () => {
    const at = folder();
    await expect(writeParts(join(at, "new"), broken(), false)).rejects.toThrow("went away");
    expect(readdirSync(at)).toEqual([]);
    writeFileSync(join(at, "old"), "kept");
    await expect(writeParts(join(at, "old"), broken(), true)).rejects.toThrow("went away");
    expect([readdirSync(at), readFileSync(join(at, "old"), "utf8")]).toEqual([["old"], "kept"]);
  });

  test("takes the place of no file unasked, and asks for no part then", async () => {
    const path = join(folder(), "taken");
    writeFileSync(path, "mine");
    let asked = false;
    const source = (async function* () {
      asked = true;
      yield bytes("x");
    })();
    expect(await codeOf(() => writeParts(path, source, false))).toBe("file-exists");
    expect([asked, readFileSync(path, "utf8"), existsSync(`${path}.partial`)]).toEqual([
      false,
      "mine",
      false,
    ]);
  });
});

async function all(lines: AsyncIterable<FileLine>): Promise<FileLine[]> {
  const found: FileLine[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe("the lines of a file", () => {
  const linesOf = async (content: Buffer | string): Promise<FileLine[]> => {
    const path = join(folder(), "in.jsonl");
    writeFileSync(path, content);
    return all(readLines(path));
  };

  test("come one at a time, numbered, whether the last one ends or not, over any boundary of what is read", async () => {
    const long = "x".repeat(70_000);
    for (const end of ["", "\n"])
      expect(await linesOf(`a\n\n${long}\nü${end}`)).toEqual([
        { number: 1, text: "a" },
        { number: 2, text: "" },
        { number: 3, text: long },
        { number: 4, text: "ü" },
      ]);
  });

  test("that are no UTF-8 or longer than 1 MiB are told by their code, and those after them are read", async () => {
    const content = Buffer.concat([
      Buffer.from([0xff, 0x0a]),
      Buffer.from(`${"y".repeat(3 * 1024 * 1024)}\n`),
      Buffer.from("good\n"),
    ]);
    expect(await linesOf(content)).toEqual([
      expect.objectContaining({ number: 1, code: "line-not-utf-8" }),
      expect.objectContaining({ number: 2, code: "line-too-long" }),
      { number: 3, text: "good" },
    ]);
  });

  test("of a file that is not there are refused by name", async () => {
    expect(await codeOf(() => all(readLines(join(folder(), "none"))))).toBe("file-not-found");
  });
});

describe("what the store's program says of long work", () => {
  test("is told as far as it is, whole lines alone, and its other words stay its own", () => {
    const told: unknown[] = [];
    const heard = toldBy({ say: (line) => told.push(line), progress: (at) => told.push(at) });
    heard("verified 10 of 40 records, 9 a second\nverified 2");
    heard('read 7 lines, 7 a second\n{"code":"store-locked","msg":"verified 1 of 2 records"}\n');
    heard("an interrupted verification left x: --resume x goes on\n");
    expect(told).toEqual([
      { what: "records verified", done: 10, total: 40 },
      { what: "lines read", done: 7 },
      "an interrupted verification left x: --resume x goes on",
    ]);
  });
});

describe("a bar", () => {
  test("fits the terminal, however narrow, and says how far it is", () => {
    const at = { what: "records verified", done: 1234, total: 2468 };
    expect(barLine(at, 200)).toMatch(/^▪{20}·{20} {2}50% 1234 of 2468 records verified$/);
    for (const width of [1, 10, 40, 60, 80]) expect(barLine(at, width).length).toBeLessThanOrEqual(width);
    expect(barLine({ what: "blocks", done: 7 }, 80)).toBe("7 blocks");
  });
});
