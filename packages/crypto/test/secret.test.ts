import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../src/index.ts";

test("a secret prints as [secret] however it is printed", () => {
  const secret = Secret.from(Uint8Array.of(1, 2, 3));
  expect(`${secret}`).toBe("[secret]");
  expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
  expect(inspect({ secret }, { showHidden: true, depth: 9 })).toBe("{ secret: [secret] }");
  expect(Object.keys(secret)).toEqual([]);
});

test("a secret is a copy on the way in and on the way out", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const secret = Secret.from(bytes);
  bytes.fill(0);
  secret.reveal().fill(0);
  expect(secret.reveal()).toEqual(Uint8Array.of(1, 2, 3));
});
