import { describe, expect, test } from "vitest";
import { actionsWithoutCommand, WITHOUT_COMMAND } from "./cli.ts";

describe("every action of the table", () => {
  test("has a command, or the reference says why it has none, and never both", () => {
    expect(actionsWithoutCommand().toSorted()).toEqual(Object.keys(WITHOUT_COMMAND).toSorted());
  });
});
