import { fromBase64, Secret, signingKey, toBase64, utf8 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import { formatCheckpoint, parseCheckpoint } from "../src/index.ts";
import { keys, ORIGIN } from "./fixture.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";

const root = new Uint8Array(32).fill(7);

describe.each(implementations)("C2SP notes, $name", ({ canon }) => {
  const { openCheckpoint, openNote, parseVerifierKey, signCheckpoint, signNote, verifierKey } = canon;
  const vkey = verifierKey(ORIGIN, keys.log.publicKey.raw);
  const note = signCheckpoint({ origin: ORIGIN, size: 5, root }, keys.log);

  test("the verifier key and note of the Go implementation's documentation are understood", () => {
    const peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const signed = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    expect(openNote(signed, [peter])).toEqual({
      text,
      verified: [{ name: "PeterNeumann", keyHash: "c74f20a3" }],
    });
    expect(verifierKey("PeterNeumann", parseVerifierKey(peter).raw)).toBe(peter);
  });

  test("a checkpoint opens to what was signed, in exactly three lines", () => {
    expect(openCheckpoint(note, ORIGIN, vkey)).toEqual({ origin: ORIGIN, size: 5, root });
    expect(note.split("\n\n")[0]).toBe(`${ORIGIN}\n5\n${toBase64(root)}`);
  });

  test("signatures by unknown keys are ignored, one by a known key is needed", () => {
    const other = signNote(
      formatCheckpoint({ origin: ORIGIN, size: 5, root }),
      "cosigner.example",
      keys.stranger,
    );
    const both = `${note}${other.split("\n\n")[1]}`;
    expect(openCheckpoint(both, ORIGIN, [vkey]).size).toBe(5);
    expect(codeOf(() => openNote(other, [vkey]))).toBe("note-unverified");
    expect(codeOf(() => openNote(note, []))).toBe("note-unverified");
  });

  test("a cosigner's key alone does not speak for the log", () => {
    const text = formatCheckpoint({ origin: ORIGIN, size: 5, root });
    const cosigned = signNote(text, "cosigner.example", keys.stranger);
    const cosigner = verifierKey("cosigner.example", keys.stranger.publicKey.raw);
    expect(codeOf(() => openCheckpoint(cosigned, ORIGIN, [cosigner]))).toBe("note-unverified");
  });

  test("a checkpoint about another log is refused, though the key is right", () => {
    const lie = signNote(formatCheckpoint({ origin: "other.example", size: 5, root }), ORIGIN, keys.log);
    expect(codeOf(() => openCheckpoint(lie, ORIGIN, vkey))).toBe("checkpoint-origin");
  });

  test("any flipped bit of a signed note is refused", () => {
    const bytes = utf8(note);
    for (let bit = 0; bit < 8 * bytes.length; bit += canon === implementations[0].canon ? 1 : 29) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const refusal = outcome(() => openCheckpoint(new TextDecoder().decode(flipped), ORIGIN, vkey));
      expect(typeof refusal).toBe("string");
    }
  });

  test("a wrong signature by a known key is an error, not an unknown key", () => {
    const forged = signNote("text\n", ORIGIN, keys.log).replace("text", "test");
    expect(codeOf(() => openNote(forged, [vkey]))).toBe("note-signature-invalid");
  });

  test.each([
    "",
    "text",
    "text\n",
    "text\n\n",
    "text\n\n— a b",
    "text\n\n- a AAAAAAA=\n",
    "te\txt\n\n— a AAAAAAA=\n",
    "text\n\n— a AAAA\n",
    "text\n\n— a  AAAAAAA=\n",
    "text\n\n— a AAAAAAA= x\n",
    "text\n\n— a AAAAAAA\n",
  ])("%j is no note", (text) => {
    expect(codeOf(() => openNote(text, [vkey]))).toBe("note-malformed");
  });

  test.each(["", "a b", "a+b", "a\u00a0b", "a\nb"])("%j is no key name", (name) => {
    expect(codeOf(() => verifierKey(name, keys.log.publicKey.raw))).toBe("key-name-malformed");
    expect(codeOf(() => signNote("text\n", name, keys.log))).toBe("key-name-malformed");
  });

  test("a verifier key with another hash, type, length or a small-order key is refused", () => {
    const [name, hash, encoded] = vkey.split(/\+(.{8})\+/) as [string, string, string];
    const bytes = fromBase64(encoded);
    const cosignature = Uint8Array.from(bytes);
    cosignature[0] = 4;
    const small = new Uint8Array(33);
    small[0] = 1;
    for (const bad of [
      `${name}+00000000+${encoded}`,
      `${name}+${hash}`,
      `x+${hash}+${encoded}`,
      `${name}+${hash}+${toBase64(cosignature)}`,
      `${name}+${hash}+${toBase64(bytes.subarray(0, 32))}`,
      `${name}+${hash}+${toBase64(small)}`,
      `${name}+${hash}+%%%%`,
    ]) {
      expect(codeOf(() => parseVerifierKey(bad))).toBe("verifier-key-malformed");
    }
  });
});

const R = toBase64(root);
test.each([
  `${ORIGIN}\n5\n${R}`,
  `${ORIGIN}\n5\n${R}\nextension\n`,
  `${ORIGIN}\n05\n${R}\n`,
  `${ORIGIN}\n+5\n${R}\n`,
  `${ORIGIN}\n-1\n${R}\n`,
  `${ORIGIN}\n9007199254740992\n${R}\n`,
  `${ORIGIN}\n5\n${R.slice(0, -4)}\n`,
  `${ORIGIN}\n5\n\n`,
])("%j is no checkpoint", (text) => {
  expect(codeOf(() => parseCheckpoint(text))).toBe("checkpoint-malformed");
});

test.each(["https://a", "SIGIL-RECORD-V1", "a b", "a+b", "é".repeat(128), ""])(
  "%j is no origin",
  (origin) => {
    expect(codeOf(() => formatCheckpoint({ origin, size: 0, root }))).toBe("checkpoint-origin");
  },
);

test("the golden checkpoint of docs/reference/formats.md", () => {
  const key = signingKey(Secret.from(new Uint8Array(32).fill(1)));
  const { canon } = implementations[0];
  const origin = "sigil.local/log/golden";
  expect(canon.verifierKey(origin, key.publicKey.raw)).toMatchInlineSnapshot(
    `"sigil.local/log/golden+53990030+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"`,
  );
  expect(canon.signCheckpoint({ origin, size: 0, root: canon.emptyRoot() }, key)).toMatchInlineSnapshot(`
    "sigil.local/log/golden
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

    — sigil.local/log/golden U5kAMK3ANT3558+3vduHWVEEJvQyML5hIf0LRlND+GoSqTRzAciI17nEdqv6ufAjjY1883fZ0FefXEf1H2IaTUvvygE=
    "
  `);
});
