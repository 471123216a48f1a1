import { CanonError, parseTrustFile } from "@sigil/canon";
import { WireError } from "@sigil/wire";
import { describe, expect, test } from "vitest";
import { CliError } from "../src/domain/error.ts";
import { errorJson, errorLines, shown } from "../src/domain/render.ts";
import { PLAIN, printable, styleFor } from "../src/domain/style.ts";
import { bytes, table } from "../src/domain/table.ts";

const lines = (error: unknown) => errorLines(shown(error), PLAIN).join("\n");

describe("an error", () => {
  test("is a code, a sentence and a remedy", () => {
    expect(lines(new CliError("port-busy", "port 7400 is taken", "Choose another."))).toBe(
      "error: port-busy: port 7400 is taken\nremedy: Choose another.",
    );
  });

  test("as JSON is one object without the exit code", () => {
    expect(errorJson(shown(new CliError("port-busy", "m", "r")))).toEqual({
      error: { code: "port-busy", message: "m", remedy: "r" },
    });
  });

  test("of a service shows the problem's own code, what is missing and the decision", () => {
    const problem = {
      type: "urn:sigil:problem:level-too-low",
      title: "The caller's level is too low.",
      status: 403,
      detail: "memory.write needs Operator",
      code: "level-too-low",
      remedy: "Use a higher licence.",
      decisionId: "0193",
      missing: ["level Operator"],
    };
    const text = lines(new WireError("door-refused", "x", { problem }));
    expect(text).toContain("error: level-too-low: memory.write needs Operator");
    expect(text).toContain("  level Operator");
    expect(text).toContain("decision 0193");
    expect(text).toContain("remedy: Use a higher licence.");
  });

  test("exits 3 when nothing answers, 2 for configuration, 1 otherwise", () => {
    expect(shown(new WireError("door-unreachable", "x")).exit).toBe(3);
    expect(shown(Object.assign(new Error("x"), { code: "config-unknown-key", remedy: "r" })).exit).toBe(2);
    expect(shown(new CliError("already-running", "x", "r")).exit).toBe(1);
    expect(shown(new CliError("interrupted", "x", "r")).exit).toBe(130);
  });

  test("of any package has a remedy even when it brings none", () => {
    let refused: unknown;
    try {
      parseTrustFile("{}");
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(CanonError);
    expect(shown(refused).code).toMatch(/^[a-z-]+$/);
    expect(shown(refused).remedy.length).toBeGreaterThan(10);
  });

  test.each(["ENOSPC", "EDQUOT", "EROFS", "EIO"])(
    "%s of the operating system is a disk's and no defect",
    (code) => {
      const failure = Object.assign(new Error(`${code}: of a disk, write`), { code });
      expect(shown(failure)).toMatchObject({ code: expect.stringMatching(/^disk-/), exit: 1 });
      expect(lines(failure)).not.toContain("defect");
    },
  );

  test.each([null, undefined, "text", 7, new TypeError("boom"), {}])("%j is shown too", (thrown) => {
    expect(shown(thrown)).toMatchObject({ code: "unexpected", exit: 1 });
    expect(lines(thrown)).toContain("remedy: ");
  });

  test("cannot move the cursor or reorder the line with text of others", () => {
    expect(lines(new CliError("usage", "a\u001b[2Jb\u202ec", "r"))).toContain("a\\u001b[2Jb\\u202ec");
  });
});

describe("output", () => {
  test("has colour only on a terminal, without NO_COLOR, not on a dumb one", () => {
    expect(styleFor(true, {}).good("x")).toBe("\u001b[32mx\u001b[39m");
    for (const [tty, env] of [
      [false, {}],
      [true, { NO_COLOR: "1" }],
      [true, { TERM: "dumb" }],
    ] as const)
      expect(styleFor(tty, env).good("x")).toBe("x");
  });

  test("keeps line breaks and tabs, and shows every other control character as an escape", () => {
    expect(printable("a\nb\tc")).toBe("a\nb\tc");
    expect(printable("\r\u0000\u007f\u009b")).toBe("\\u000d\\u0000\\u007f\\u009b");
  });

  test("aligns columns by what is seen, not by bytes or colours", () => {
    const green = styleFor(true, {}).good;
    expect(
      table([
        ["a", "1"],
        [green("bcd"), "2"],
      ]),
    ).toEqual(["a    1", `${green("bcd")}  2`]);
  });

  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [5 << 20, "5.0 MiB"],
  ])("%d bytes are %s", (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});
