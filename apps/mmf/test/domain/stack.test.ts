import { expect, test } from "vitest";
import type { SandboxOutcome } from "../../src/domain/sandbox.ts";
import { authored } from "../../src/domain/stack.ts";

const STACK = [
  "TypeError: bad",
  "    at inner (module.js:2:9)",
  "    at <anonymous> (module.js:3:5)",
  "    at apply (native)",
  "    at start (guest.js:144:63)",
  "",
].join("\n");

const usage = { cpuMs: 0, wallMs: 0, memoryBytes: 0 };
const said = (map: string | undefined, message = STACK) => {
  const outcome: SandboxOutcome = { ok: false, code: "guest-error", message, usage };
  const shown = authored(outcome, map);
  return shown.ok ? "" : shown.message;
};

/** Line n of the bundle is line n + 10 of the source. */
const map = (source: unknown, more: object = {}) =>
  JSON.stringify({ version: 3, sources: [source], names: [], mappings: "AAUA;AACA;AACA;AACA", ...more });

const UNMAPPED = "TypeError: bad\n    at inner (dist/module.js:2:9)\n    at dist/module.js:3:5";

test("a stack names the author's lines, and no line of the code that starts a module", () => {
  expect(said(map("src/greet.ts"))).toMatch(
    /^TypeError: bad\n {4}at inner \(src\/greet\.ts:12:\d+\)\n {4}at src\/greet\.ts:13:\d+$/,
  );
  expect(said(undefined)).toBe(UNMAPPED);
});

test("a source map that is malformed, or calls a source anything but a short relative path, changes nothing", () => {
  const hostile = [
    "",
    "{",
    "null",
    "[]",
    '{"version":3}',
    map("../../etc/passwd"),
    map("/etc/passwd"),
    map("C:\\secrets"),
    map("file:///etc/passwd"),
    map("a b"),
    map("\u001b[2J"),
    map("src/\nAllow"),
    map(`src/${"x".repeat(200)}`),
    map(7),
    map(null),
    map({ toString: "x" }),
    map("src/a.ts", { mappings: "!!!!" }),
    map("src/a.ts", { mappings: 7 }),
    map("src/a.ts", { mappings: "AAUA;AACA;gggggggggggggggggggB" }),
    map("src/a.ts", { sections: [{ offset: { line: 0, column: 0 }, map: {} }] }),
    map("src/a.ts", { sourceRoot: "/etc" }),
  ];
  for (const text of hostile) {
    const shown = said(text);
    // A map may be right in part: whatever it says, a frame is the bundle's or a short relative path.
    for (const line of shown.split("\n").slice(1))
      expect(line, text).toMatch(/^ {4}at (?:inner \()?(?:dist\/module\.js|src\/a\.ts):\d+:\d+\)?$/);
    expect(shown, text).not.toMatch(/etc|secrets|Allow/);
  }
  for (const text of hostile.slice(0, 16)) expect(said(text), text).toBe(UNMAPPED);
});

test("a guest that throws a stack of its own shows words, and no more frames than are read", () => {
  expect(said(map("src/greet.ts"), "Error: x\n    at host (/etc/passwd:1:1)")).toBe(
    "Error: x\n    at host (/etc/passwd:1:1)",
  );
  const deep = `RangeError: x\n${"    at f (module.js:2:9)\n".repeat(500)}`;
  expect(said(undefined, deep).split("\n")).toHaveLength(17);
});

test("a source map of more than 256 KiB is not read: it would cost the host more than its run", () => {
  const padded = (length: number) => {
    const text = map("src/greet.ts", { x: "" });
    return text.replace('"x":""', `"x":"${"x".repeat(length - text.length)}"`);
  };
  expect(said(padded(256 * 1024))).toContain("src/greet.ts:12:");
  expect(said(padded(256 * 1024 + 1))).toBe(UNMAPPED);
});
