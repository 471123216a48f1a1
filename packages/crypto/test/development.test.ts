import { expect, test } from "vitest";
import { DEVELOPMENT_MARKER, insecureDevelopmentSeed } from "../src/development.ts";
import * as crypto from "../src/index.ts";
import * as portable from "../src/portable.ts";

test("a development seed is the same for everybody and another for each purpose", () => {
  const kid = (purpose: string) => crypto.signingKey(insecureDevelopmentSeed(purpose)).kid;
  expect(kid("log")).toBe("7_lTHVRzCK3dmnNoCemrt7uzclMuL2wchkoCv0W61d8");
  expect(kid("record")).not.toBe(kid("log"));
});

test("neither ordinary entry exports it", () => {
  for (const entry of [crypto, portable]) {
    expect(Object.keys(entry)).not.toContain("insecureDevelopmentSeed");
    expect(Object.values(entry)).not.toContain(DEVELOPMENT_MARKER);
  }
});
