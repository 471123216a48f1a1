import { describe, expect, it } from "vitest";
import { requireCapability } from "../../src/domain/runs/capabilities.ts";

const reads = (scope: object, stream?: string): boolean => {
  try {
    const declared = [{ name: "canon.read", scope: scope as Record<string, never> }];
    requireCapability(declared, "canon.read", stream === undefined ? {} : { stream });
    return true;
  } catch {
    return false;
  }
};

describe("capabilities", () => {
  it("a call that the module does not declare is refused", () => {
    expect(() => requireCapability([], "memory.write")).toThrow(
      expect.objectContaining({ code: "capability-missing" }),
    );
    const other = [{ name: "memory.list", scope: {} }];
    expect(() => requireCapability(other, "memory.write")).toThrow(
      expect.objectContaining({ code: "capability-missing" }),
    );
  });

  it("an empty scope does not narrow", () => {
    expect(reads({}, "anything/at-all")).toBe(true);
  });

  it.each([
    [{ streams: ["canon/rust/*"] }, "canon/rust/unwrap", true],
    [{ streams: ["canon/rust/*"] }, "canon/rustic", false],
    [{ streams: ["canon/rust/"] }, "canon/rust/unwrap", false],
    [{ stream: "canon/rust/unwrap" }, "canon/rust/unwrap", false],
    [{ streams: ["a", "b"] }, "b", true],
    [{ streams: [] }, "a", false],
    [{ streams: [""] }, "a", false],
    [{ streams: [7] }, "7", false],
    [{ streams: null }, "a", false],
  ])("the scope %j and the stream %s: %s", (scope, stream, expected) => {
    expect(reads(scope, stream)).toBe(expected);
  });

  it("a scope with a field that is not understood covers nothing", () => {
    expect(reads({ prefix: "canon/" }, "canon/a")).toBe(false);
    expect(reads({ streams: ["canon/*"], until: "2027" }, "canon/a")).toBe(false);
  });

  it("an entry asked for by id passes here, and is held against the scope by its stream", () => {
    expect(reads({ streams: ["canon/rust/*"] })).toBe(true);
  });
});
