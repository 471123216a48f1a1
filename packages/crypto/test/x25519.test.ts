import { describe, expect, test } from "vitest";
import { fromHex, Secret, toHex } from "../src/index.ts";
import { codeOf, implementations } from "./implementations.ts";

const ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
const ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
// The points of order 1, 2, 4 and 8, and one in a second spelling.
const ZERO_RESULT = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
const key = (hex: string) => Secret.from(fromHex(hex));

describe.each(implementations)("X25519, $name", ({ api }) => {
  // RFC 7748 section 6.1.
  const alice = api.channelKey(key(ALICE));
  const bob = api.channelKey(key(BOB));

  test("two keys agree on the secret of RFC 7748 section 6.1", () => {
    expect(toHex(alice.publicRaw)).toBe(ALICE_PUBLIC);
    expect(toHex(bob.publicRaw)).toBe(BOB_PUBLIC);
    expect(toHex(alice.agree(bob.publicRaw).reveal())).toBe(SHARED);
    expect(toHex(bob.agree(alice.publicRaw).reveal())).toBe(SHARED);
  });

  test.each(ZERO_RESULT)("a peer key that forces the secret to zero is refused: %s", (hex) => {
    expect(codeOf(() => alice.agree(fromHex(hex)))).toBe("agreement-zero");
  });

  test("a key of another length is refused", () => {
    expect(codeOf(() => alice.agree(new Uint8Array(31)))).toBe("key-length");
    expect(codeOf(() => api.channelPublic(new Uint8Array(33)))).toBe("key-length");
    expect(codeOf(() => api.channelKey(Secret.from(new Uint8Array(31))))).toBe("key-length");
  });

  test("the key id is the thumbprint of the public key", () => {
    expect(api.channelPublic(alice.publicRaw).kid).toBe(alice.kid);
    expect(alice.kid).toHaveLength(43);
    expect(alice.kid).not.toBe(bob.kid);
  });
});

test("native and portable agree with each other", () => {
  const [native, portable] = implementations;
  const seed = native.api.generateSeed();
  const peer = native.api.channelKey(native.api.generateSeed());
  const a = native.api.channelKey(seed);
  const b = portable.api.channelKey(seed);
  expect(b.kid).toBe(a.kid);
  expect(b.agree(peer.publicRaw).reveal()).toEqual(a.agree(peer.publicRaw).reveal());
});
