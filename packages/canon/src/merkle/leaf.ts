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

/** The text of a leaf whose digests were checked. */
export function leafText({ ch, rh }: Leaf): string {
  return `{"ch":"${ch}","rh":"${rh}","v":1}`;
}

/** The leaf. @throws CanonError digest-invalid, with the path of the member. */
export function checkedLeaf(leaf: Leaf): Leaf {
  digest(leaf.ch, CH, 1);
  digest(leaf.rh, RH, 1);
  return leaf;
}

/** The bytes of a leaf: JCS of `{"ch":…,"rh":…,"v":1}`. */
export function leafBytes(leaf: Leaf): Uint8Array {
  return utf8(leafText(checkedLeaf(leaf)));
}
