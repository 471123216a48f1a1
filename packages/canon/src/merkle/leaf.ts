import { utf8 } from "@sigil/crypto/bytes";
import { digest } from "../identifier.ts";

/** What the log says about a record: the digest of the stored ciphertext, and the record hash. */
export interface Leaf {
  /** `sha256:<hex>` of nonce ‖ ciphertext ‖ tag: an auditor without keys detects storage damage. */
  readonly ch: string;
  /** The record hash, which the salt makes hiding. */
  readonly rh: string;
}

const CH = ["ch"];
const RH = ["rh"];

/** The bytes of a leaf: JCS of `{"ch":…,"rh":…,"v":1}`. */
export function leafBytes({ ch, rh }: Leaf): Uint8Array {
  digest(ch, CH, 1);
  digest(rh, RH, 1);
  return utf8(`{"ch":"${ch}","rh":"${rh}","v":1}`);
}
