import { fromHex } from "./encoding/hex.ts";

// The y coordinates of the eight points of small order; the sign of x is the top bit of the last byte.
const Y = [
  "00".repeat(32), // 0
  `01${"00".repeat(31)}`, // 1
  `ec${"ff".repeat(30)}7f`, // p − 1
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

/** Whether the first 32 bytes are a canonical y of a point of small order, whatever the sign of x. */
export function isSmallOrder(bytes: Uint8Array): boolean {
  return Y.some((y) => {
    for (let i = 0; i < 31; i++) if (bytes[i] !== y[i]) return false;
    return ((bytes[31] as number) & 0x7f) === y[31];
  });
}
