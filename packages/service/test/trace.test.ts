import { describe, expect, it } from "vitest";
import { continueTrace } from "../src/http/trace.ts";
import { recordingLogger } from "./fixtures.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";

describe("a trace (W3C Trace Context)", () => {
  it("goes on with the caller's trace id and flags under a span of its own", () => {
    const { traceId, traceparent } = continueTrace(`00-${trace}-${span}-00`);
    expect(traceId).toBe(trace);
    expect(traceparent).toMatch(new RegExp(`^00-${trace}-(?!${span})[0-9a-f]{16}-00$`));
  });
  it.each([
    ["none", undefined],
    ["an unknown version", `ff-${trace}-${span}-01`],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${span}-01`],
    ["a span id of zeros", `00-${trace}-${"0".repeat(16)}-01`],
    ["upper case", `00-${trace.toUpperCase()}-${span}-01`],
    ["two in one header", `00-${trace}-${span}-01, 00-${trace}-${span}-01`],
  ])("begins anew when the header is malformed: %s", (_, header) => {
    const { traceId } = continueTrace(header);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(traceId).not.toBe(trace);
  });
});

describe("the log", () => {
  it("replaces secrets under their names, at the top and one level down", () => {
    const { logger, lines } = recordingLogger();
    logger.info(
      { authorization: "Bearer hidden", request: { licence: "hidden", body: "hidden", route: "shown" } },
      "x",
    );
    expect(JSON.stringify(lines)).not.toContain("hidden");
    expect(lines[0]).toMatchObject({
      authorization: "[redacted]",
      request: { route: "shown" },
      service: "test",
    });
  });
  it("dates every line by RFC 3339", () => {
    const { logger, lines } = recordingLogger();
    logger.warn("x");
    expect(String(lines[0]?.time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});
