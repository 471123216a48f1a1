import * as canon from "../../packages/canon/src/index.ts";
import { fromUtf8, Secret, signingKey } from "../../packages/crypto/src/index.ts";
import { bounded, refusable, same } from "./bounded.ts";

const key = signingKey(Secret.from(new Uint8Array(32).fill(1)));
const ORIGIN = "sigil.local/log/fuzz";
const vkey = canon.verifierKey(ORIGIN, key.publicKey.raw);
const checkpoint = { origin: ORIGIN, size: 7, root: new Uint8Array(32).fill(7) };
const note = canon.signCheckpoint(checkpoint, key);

/** Texts that the fuzzer starts from. */
export const seeds = [note, canon.formatCheckpoint(checkpoint), vkey, `${note}— cosigner AAAAAAAAAAAA\n`];

/** Every reader of the note formats accepts exactly what its writer writes, and only the one note that was signed opens. */
export function fuzz(data: Uint8Array): void {
  bounded(data.length, () => {
    const text = refusable(() => fromUtf8(data));
    if (text === undefined) return;
    const read = refusable(() => canon.parseCheckpoint(text));
    if (read !== undefined) same("checkpoint", canon.formatCheckpoint(read), text);
    const verifier = refusable(() => canon.parseVerifierKey(text));
    if (verifier !== undefined) same("verifier key", canon.verifierKey(verifier.name, verifier.raw), text);
    const opened = refusable(() => canon.openNote(text, [vkey]));
    if (opened !== undefined) same("signed text", opened.text, canon.formatCheckpoint(checkpoint));
    const log = refusable(() => canon.openCheckpoint(text, ORIGIN, vkey));
    if (log !== undefined) same("opened checkpoint", String(log.size), String(checkpoint.size));
    refusable(() => canon.splitNote(text));
    refusable(() => canon.parseSignatureLine(text));
    refusable(() => canon.parseLogProof(text));
    refusable(() => canon.parseTilePath(text));
    refusable(() => canon.parseCosignerKey(text));
  });
}
