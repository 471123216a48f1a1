import { sign } from "node:crypto";
import { expect, test } from "vitest";
import {
  generateSeed,
  hasNodeKeyObject,
  jwkPublic,
  nodeKeyObject,
  signingKey,
  signWithObject,
  utf8,
  verifyInPool,
  verifyKey,
} from "../src/index.ts";
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

test("a key's object signs as the key does, and only keys of this entry have one", () => {
  const seed = generateSeed();
  const message = utf8("message");
  const key = signingKey(seed);
  expect(signWithObject(nodeKeyObject(key), message)).toEqual(key.sign(message));
  expect(hasNodeKeyObject(key)).toBe(true);
  expect(hasNodeKeyObject(key.publicKey)).toBe(true);
  expect(hasNodeKeyObject(portable.signingKey(seed))).toBe(false);
});

test("the thread pool accepts and refuses the signatures that verify does", async () => {
  const key = signingKey(generateSeed());
  const message = utf8("message");
  const good = key.sign(message);
  const others = { "one bit": good.map((byte, at) => (at === 3 ? byte ^ 1 : byte)), short: good.slice(1) };
  for (const verifier of [key.publicKey, portable.verifyKey(key.publicKey.raw)]) {
    await expect(verifyInPool(verifier, message, good)).resolves.toBeUndefined();
    for (const bad of Object.values(others)) {
      const refused = codeOf(() => verifier.verify(message, bad));
      await expect(verifyInPool(verifier, message, bad)).rejects.toMatchObject({ code: refused });
    }
  }
});
