import { sign } from "node:crypto";
import { expect, test } from "vitest";
import { generateSeed, jwkPublic, nodeKeyObject, signingKey, utf8, verifyKey } from "../src/index.ts";
import * as portable from "../src/portable.ts";
import { codeOf } from "./implementations.ts";

test("Node's key objects are the same keys", () => {
  const key = signingKey(generateSeed());
  const message = utf8("message");
  expect(() => key.publicKey.verify(message, sign(null, message, nodeKeyObject(key)))).not.toThrow();
  expect(nodeKeyObject(verifyKey(key.publicKey.raw)).export({ format: "jwk" })).toEqual(
    jwkPublic(key.publicKey.raw),
  );
});

test("a key of the portable entry has no key object", () => {
  expect(codeOf(() => nodeKeyObject(portable.signingKey(generateSeed())))).toBe("key-encoding");
});
