import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_SOURCE, sourceText } from "../src/domain/source-text.ts";
import { readSource, writeNew } from "../src/store/files.ts";
import { codeOf, folder } from "./place.ts";

describe("a source file", () => {
  test("is read as it is", () => {
    const path = join(folder(), "main.rs");
    writeFileSync(path, "fn main() {} // ü\r\n");
    expect(readSource(path)).toEqual({ path, text: "fn main() {} // ü\r\n" });
  });

  const cases: [string, string, (path: string) => void][] = [
    ["that does not exist", "file-not-found", () => undefined],
    ["that is a folder", "file-is-directory", (path) => mkdirSync(path)],
    ["that is empty", "file-empty", (path) => writeFileSync(path, "")],
    ["with only white space", "file-empty", (path) => writeFileSync(path, " \n\t\n")],
    [
      "that is a binary",
      "file-binary",
      (path) => writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0])),
    ],
    ["that is Latin-1", "file-not-utf-8", (path) => writeFileSync(path, Buffer.from([0x66, 0xe9, 0x20]))],
    ["of 5 MB", "file-too-large", (path) => writeFileSync(path, Buffer.alloc(5_000_000, 0x61))],
    [
      "one byte over the limit",
      "file-too-large",
      (path) => writeFileSync(path, Buffer.alloc(MAX_SOURCE + 1, 0x61)),
    ],
  ];
  test.each(cases)("%s is refused as %s", async (_, code, make) => {
    const path = join(folder(), "x.rs");
    make(path);
    expect(await codeOf(() => readSource(path))).toBe(code);
  });

  test("at the limit is read", () => {
    const path = join(folder(), "x.rs");
    writeFileSync(path, Buffer.alloc(MAX_SOURCE, 0x61));
    expect(readSource(path).text).toHaveLength(MAX_SOURCE);
  });

  test.skipIf(process.platform === "win32")(
    "that is a pipe is refused, and does not wait for a writer",
    async () => {
      const path = join(folder(), "pipe");
      execFileSync("mkfifo", [path]);
      expect(await codeOf(() => readSource(path))).toBe("file-not-regular");
    },
  );

  test("names the offset of the first byte that is not UTF-8", () => {
    const good = "fn main() { /* ü € 🦀 */ }";
    fc.assert(
      fc.property(fc.nat({ max: good.length }), fc.constantFrom(0xff, 0xfe, 0xc0), (at, bad) => {
        const head = new TextEncoder().encode(good.slice(0, at).toWellFormed());
        const bytes = new Uint8Array([...head, bad, 0x20]);
        expect(() => sourceText("x", bytes)).toThrow(`offset ${head.length} `);
      }),
    );
  });
});

describe("a file that is written", () => {
  test("never replaces one that is there, unless told to", async () => {
    const path = join(folder(), "out.json");
    writeNew(path, "first", false);
    expect(await codeOf(() => writeNew(path, "second", false))).toBe("file-exists");
    writeNew(path, "third", true);
    expect(await codeOf(() => writeNew(join(path, "below"), "x", false))).toBe("file-not-writable");
  });
});
