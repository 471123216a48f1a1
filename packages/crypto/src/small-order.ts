import { littleEndianHex } from "./encoding/little-endian.ts";

// The y coordinates of the eight points of small order, as numbers; the sign of x is the top bit and not looked at.
const Y: readonly string[] = [
  "00".repeat(32), // 0
  `${"00".repeat(31)}01`, // 1
  `7f${"ff".repeat(30)}ec`, // p − 1
  "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
  "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
];

// Nearly every other point is told apart by its lowest byte.
const LOWEST = Y.map((y) => Number.parseInt(y.slice(-2), 16));

/** Whether the 32 bytes of an encoded point have a canonical y of small order, whatever the sign of x. */
export function isSmallOrder(encoded: Uint8Array): boolean {
  if (!LOWEST.includes(encoded[0] as number)) return false;
  const bytes = Uint8Array.from(encoded);
  bytes[31] = (bytes[31] as number) & 0x7f;
  return Y.includes(littleEndianHex(bytes));
}
