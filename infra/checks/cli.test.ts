import { describe, expect, test } from "vitest";
import { actionsWithoutCommand, WITHOUT_COMMAND } from "./cli.ts";

describe("every action of the table", () => {
  test("has a command, or the reference says why it has none", () => {
    expect(actionsWithoutCommand().filter((action) => WITHOUT_COMMAND[action] === undefined)).toEqual([]);
  });
});
