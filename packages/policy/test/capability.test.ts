import { actionRow, type Capability, capabilityCovers, HOST_CALLS, hostCall } from "@sigil/policy";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code.ts";

describe("host calls", () => {
  test("are each decided as an action that a licensed caller can have", () => {
    for (const { method, action } of HOST_CALLS) {
      expect(["none", "service"], method).not.toContain(actionRow(action).least);
    }
  });

  test("that do not exist are refused by name", () => {
    for (const method of ["fs.read", "memory.Write", "constructor", ""]) {
      expect(
        codeOf(() => hostCall(method)),
        method,
      ).toBe("host-call-unknown");
    }
  });
});

describe("a capability", () => {
  const read = (scope: Capability["scope"]): Capability[] => [{ name: "canon.read", scope }];
  const covers = (scope: Capability["scope"], stream: string) =>
    capabilityCovers(read(scope), "canon.read", { streams: stream });

  test("covers its own host call and no other", () => {
    expect(capabilityCovers(read({}), "canon.read")).toBe(true);
    expect(capabilityCovers(read({}), "memory.write")).toBe(false);
    expect(capabilityCovers([], "canon.read")).toBe(false);
  });

  test("covers what its scope names, exactly or by a final *", () => {
    expect(covers({}, "system/canon/rust/unwrap")).toBe(true);
    expect(covers({ streams: ["system/canon/rust/*"] }, "system/canon/rust/unwrap")).toBe(true);
    expect(covers({ streams: ["a", "b"] }, "b")).toBe(true);
    expect(covers({ streams: ["system/canon/rust/*"] }, "system/canon/go/panic")).toBe(false);
    expect(covers({ streams: ["system/canon"] }, "system/canon/rust")).toBe(false);
    expect(covers({ streams: [] }, "a")).toBe(false);
  });

  test("covers nothing with a limit that is not understood", () => {
    for (const scope of [
      { stream: "a" },
      { streams: "a" },
      { streams: [1] },
      { streams: ["a"], tags: ["x"] },
    ]) {
      expect(covers(scope as Capability["scope"], "a"), JSON.stringify(scope)).toBe(false);
    }
    expect(capabilityCovers([{ name: "memory.write", scope: { tags: ["x"] } }], "memory.write")).toBe(false);
  });

  test("covers no target without the value that it limits", () => {
    expect(capabilityCovers(read({ streams: ["*"] }), "canon.read", {})).toBe(false);
  });
});
