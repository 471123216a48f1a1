import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generated } from "./policy.ts";

const folder = join(import.meta.dirname, "../../docs/reference");

const pages = Object.entries(generated());

describe("the reference of the action table and of the commands", () => {
  test.each(pages)("%s is what the table, the routes and the commands say", (name, text) => {
    expect(readFileSync(join(folder, name), "utf8"), "stale; run: npm run api").toBe(text);
  });
});
