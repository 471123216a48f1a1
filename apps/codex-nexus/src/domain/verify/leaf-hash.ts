import { hash } from "node:crypto";

/** 0x00 ‖ `{"ch":"sha256:<hex>","rh":"sha256:<hex>","v":1}`: what a leaf hash is taken of. Only the two digests differ. */
const DIGITS = "0".repeat(64);
const template = Buffer.from(`\0{"ch":"sha256:${DIGITS}","rh":"sha256:${DIGITS}","v":1}`, "latin1");
const CH_AT = template.indexOf(DIGITS);
const RH_AT = template.indexOf(DIGITS, CH_AT + DIGITS.length);

// A digest as a binary string and back costs half of what a Buffer of its own does.
const node = Buffer.alloc(65, 1);

/** RFC 6962 leaf hash of a stored row, written into `out` at byte `at`. The same as canon's, without a string in between. */
export function putLeafHash(ct: Uint8Array, rh: Buffer, out: Buffer, at: number): void {
  template.write(hash("sha256", ct), CH_AT, "latin1");
  template.write(rh.toString("hex"), RH_AT, "latin1");
  out.write(hash("sha256", template, "binary"), at, "latin1");
}

/** RFC 6962 node hash of the 64 bytes of two neighbours at `from`, written into `out` at byte `at`. */
export function putNodeHash(below: Buffer, from: number, out: Buffer, at: number): void {
  below.copy(node, 1, from, from + 64);
  out.write(hash("sha256", node, "binary"), at, "latin1");
}
