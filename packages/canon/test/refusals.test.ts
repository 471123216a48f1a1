import { CryptoError, Secret, signingKey, toBase64 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import * as native from "../src/index.ts";
import { damagedTrusts, damages } from "./damages.ts";
import { bundle, draft, id, keys, log, TS, trust } from "./fixture.ts";
import { implementations } from "./implementations.ts";

const golden = signingKey(Secret.from(new Uint8Array(32).fill(1)));
const ORIGIN = "sigil.local/log/golden";
const root = new Uint8Array(32).fill(7);
const short = new Uint8Array(31);

// The keys and salts of the fixture are drawn anew each time: they stand as <kid>, <key>, <hash> and <signature>.
function steady(text: string): string {
  return text
    .replace(
      Object.keys(native.KINDS)
        .map((kind) => JSON.stringify(kind))
        .join(" or "),
      "<kinds>",
    )
    .replace(/sha256:(?!0{64})[0-9a-f]{64}/g, "<hash>")
    .replace(/\b(key|thumbprint|not|under key) [\w-]{43}(?![\w-])/g, "$1 <kid>")
    .replace(/(?<![\w-])[\w-]{86}(?![\w-])/g, "<signature>")
    .replace(/[0-9a-f]{8}(?=\b)(?<=\+[0-9a-f]{8}|\([0-9a-f]{8})/g, "<id>");
}

/** `<code> <path>: <message>` of the refusal that `act` throws, with that of its cause. */
function saying(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof native.CanonError || error instanceof CryptoError)) throw error;
    if (error.name !== (error instanceof CryptoError ? "CryptoError" : "CanonError")) throw error;
    const cause = error.cause instanceof Error && "code" in error.cause ? ` < ${error.cause.code}` : "";
    return steady(`${error.code}: ${error.message}${cause}`);
  }
  return "nothing was thrown";
}

describe.each(implementations)(
  "every refusal says what was found, what is wanted and what to do, $name",
  ({ canon }) => {
    test("JSON", () => {
      const deep = `${"[".repeat(33)}${"]".repeat(33)}`;
      expect(
        [
          ...[
            '{"a":1,"a":2}',
            '{"a" 1}',
            "[1 2]",
            "{1:2}",
            '"\n"',
            '"a',
            '"\\x"',
            '"\\u00"',
            "tru",
            "",
            "01",
            "-",
            "1.",
            "1e",
            "1]",
          ],
          ...[
            '["\\ud800"]',
            "9007199254740993",
            "[1e999]",
            "[1e-999]",
            '{"x":{"__proto__":1}}',
            deep,
            "\ufeff1",
            '{"a b":[1,]}',
          ],
        ].map((text) => saying(() => canon.parseJson(text))),
      ).toMatchInlineSnapshot(`
        [
          "json-duplicate-key: $.a: key appears twice in one object; keep one",
          "json-syntax: $.a: found U+0031 at character 5; expected ":"",
          "json-syntax: $: found U+0032 at character 3; expected "," or "]"",
          "json-syntax: $: found U+0031 at character 1; expected a key in double quotes",
          "json-syntax: $: found U+000A at character 1; expected a string without raw control characters, closed by a double quote",
          "json-syntax: $: found the end at character 2; expected a string without raw control characters, closed by a double quote",
          "json-syntax: $: found U+005C at character 1; expected an escape of RFC 8259",
          "json-syntax: $: found U+005C at character 1; expected an escape of RFC 8259",
          "json-syntax: $: found U+0074 at character 0; expected a JSON value",
          "json-syntax: $: found the end at character 0; expected a JSON value",
          "json-syntax: $: found U+0031 at character 1; expected the end",
          "json-syntax: $: found the end at character 1; expected a digit",
          "json-syntax: $: found the end at character 2; expected a digit",
          "json-syntax: $: found the end at character 2; expected a digit",
          "json-syntax: $: found U+005D at character 1; expected the end",
          "lone-surrogate: $[0]: lone surrogate, which has no UTF-8 form; remove it",
          "number-range: $: integer beyond ±(2^53 − 1), which a double cannot hold exactly; write it as a string",
          "number-not-finite: $[0]: number is NaN, infinite or too large for a double; write it as a string or leave it out",
          "number-underflow: $[0]: number is too small for a double and would become 0; write it as a string",
          "key-forbidden: $.x.__proto__: key is __proto__, constructor or prototype, which change objects that are merged; rename it",
          "depth-exceeded: $[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested deeper than the limit of 32; flatten it",
          "json-byte-order-mark: text begins with a byte order mark; remove it",
          "json-syntax: $["a b"][1]: found U+005D at character 10; expected a JSON value",
        ]
      `);
      const sparse = [1, 2, 3];
      delete sparse[1];
      const named = Object.assign([1], { a: 1 });
      const values = [
        undefined,
        Number.NaN,
        2 ** 53,
        1n,
        () => 1,
        Symbol("s"),
        new Date(0),
        new Map(),
        sparse,
        named,
      ];
      expect(
        [
          ...values.map((value) => ({ a: [value] })),
          { [Symbol("s")]: 1 },
          { "\ud800": 1 },
          { constructor: 1 },
        ].map((value) => saying(() => canon.canonicalize(value))),
      ).toMatchInlineSnapshot(`
        [
          "undefined-value: $.a[0]: undefined is not a JSON value; leave the key out or use null",
          "number-not-finite: $.a[0]: number is NaN, infinite or too large for a double; write it as a string or leave it out",
          "number-range: $.a[0]: integer beyond ±(2^53 − 1), which a double cannot hold exactly; write it as a string",
          "bigint-value: $.a[0]: BigInt is not a JSON value; write it as a string",
          "function-value: $.a[0]: function is not a JSON value; remove it",
          "symbol-value: $.a[0]: symbol is not a JSON value; write it as a string",
          "not-plain-object: $.a[0]: instance of a class (Date, Map, Set or another); write it as a plain object, array or string",
          "not-plain-object: $.a[0]: instance of a class (Date, Map, Set or another); write it as a plain object, array or string",
          "sparse-array: $.a[0][1]: array has a hole; fill it with null",
          "array-extra-property: $.a[0]: array has a named property, which JSON cannot carry; use an object",
          "symbol-key: $: object has a symbol as a key; use a string",
          "lone-surrogate: $["\\ud800"]: lone surrogate, which has no UTF-8 form; remove it",
          "key-forbidden: $.constructor: key is __proto__, constructor or prototype, which change objects that are merged; rename it",
        ]
      `);
      expect(
        [
          () => canon.parseJson("[1,2]", { maxBytes: 4 }),
          () => canon.parseJson(new Uint8Array([0xff])),
          () => canon.parseJson(new Uint8Array(5), { maxBytes: 4 }),
          () => canon.parseJson("1", { maxBytes: -1 }),
          () => canon.parseJson("1", { maxDepth: 513 }),
          () => canon.canonicalize("€", { maxBytes: 4 }),
          () => canon.canonicalize([[1]], { maxDepth: 1 }),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "size-exceeded: JSON is longer than the limit of 4 bytes; send less",
          "json-utf8: bytes are not valid UTF-8; send JSON as UTF-8 < utf8-malformed",
          "size-exceeded: JSON is longer than the limit of 4 bytes; send less",
          "limit-out-of-range: maxBytes is -1; give a non-negative integer",
          "limit-out-of-range: maxDepth is 513; give an integer from 0 to 512",
          "size-exceeded: JSON is longer than the limit of 4 bytes; send less",
          "depth-exceeded: $[0]: nested deeper than the limit of 1; flatten it",
        ]
      `);
      expect(canon.parseJson("[[1]]", { maxDepth: 2, maxBytes: 5 })).toEqual([[1]]);
      expect(canon.canonicalize("€", { maxBytes: 5 })).toBe('"€"');
    });

    test("records", () => {
      const good = { ...draft(1), v: 1, seq: 0, prev: null, ts: TS };
      const { salt: _, ...unsalted } = good;
      const signed = canon.signRecord(log[2] as native.CanonRecord, keys.record);
      expect(
        [
          ...[
            7,
            null,
            [],
            unsalted,
            { ...good, more: 1 },
            { ...good, v: 2 },
            { ...good, id: "x" },
            { ...good, kind: "other" },
          ],
          ...[
            { ...good, space: "system" },
            { ...good, stream: "Über" },
            { ...good, seq: -1 },
            { ...good, prev: "x" },
          ],
          ...[
            { ...good, seq: 1 },
            { ...good, prev: `sha256:${"0".repeat(64)}` },
            { ...good, ts: "2026-02-30T00:00:00.000Z" },
          ],
          ...[
            { ...good, ts: 5 },
            { ...good, salt: "AA" },
            { ...good, links: [{ label: "x", target: "y" }] },
            { ...good, links: {} },
          ],
          ...[
            {
              ...good,
              links: Array.from({ length: 257 }, () => ({ label: "x", target: `sha256:${"0".repeat(64)}` })),
            },
          ],
          ...[
            { ...good, author: { principal: "alice", loa: "King" } },
            { ...good, payload: [] },
            { ...good, payload: { a: 1n } },
          ],
          ...[
            { ...good, payload: { text: "x".repeat(65_536) } },
            { ...good, stream: "x".repeat(129) },
          ],
        ].map((value) => saying(() => canon.checkRecord(value))),
      ).toMatchInlineSnapshot(`
        [
          "field-invalid: $: is 7; it must be an object",
          "field-invalid: $: is null; it must be an object",
          "field-invalid: $: is an array; it must be an object",
          "field-missing: $.salt: is required",
          "field-unknown: $: "more" is not a field of this format; remove it",
          "field-invalid: $.v: is 2; it must be 1",
          "field-invalid: $.id: is "x"; it must be a UUID of version 7 in lower case (RFC 9562)",
          "field-invalid: $.kind: is "other"; it must be <kinds>",
          "record-space: $.space: a memory.block record lives in user space, not system",
          "field-invalid: $.stream: is "Über"; it must be an identifier: [a-z0-9][a-z0-9._/-]{0,127}",
          "field-invalid: $.seq: is -1; it must be an integer from 0 to 2^53 − 1",
          "field-invalid: $.prev: is "x"; it must be sha256: and 64 lower-case hexadecimal digits",
          "field-invalid: $.prev: prev must be the hash of the record at position 0",
          "field-invalid: $.prev: prev must be null at position 0",
          "field-invalid: $.ts: is "2026-02-30T00:00:00.000Z"; it must be a time such as 2026-11-22T12:00:00.000Z",
          "field-invalid: $.ts: is 5; it must be a time such as 2026-11-22T12:00:00.000Z",
          "field-invalid: $.salt: is "AA"; it must be base64url of 32 bytes",
          "field-invalid: $.links[0].target: is "y"; it must be sha256: and 64 lower-case hexadecimal digits",
          "field-invalid: $.links: is a value of type object; it must be an array",
          "field-invalid: $.links.length: is 257; it must be at most 256",
          "field-invalid: $.author.loa: is "King"; it must be "Guest" or "Observer" or "Operator" or "Mentor" or "Root"",
          "field-invalid: $.payload: is an array; it must be an object",
          "bigint-value: $.payload.a: BigInt is not a JSON value; write it as a string",
          "size-exceeded: JSON is longer than the limit of 65536 bytes; send less",
          "field-invalid: $.stream: is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; it must be an identifier: [a-z0-9][a-z0-9._/-]{0,127}",
        ]
      `);
      expect(
        [
          () => canon.verifyRecord(signed, golden.publicKey),
          () => canon.verifyRecord(signed, () => undefined),
          () =>
            canon.verifyRecord(
              { ...signed, sig: { ...signed.sig, value: golden.sign(root) } },
              keys.record.publicKey,
            ),
          () =>
            canon.verifyRecord(
              { ...signed, sig: canon.signRecord(log[1] as native.CanonRecord, keys.record).sig },
              keys.record.publicKey,
            ),
          () => canon.verifyAuthored("SIGIL-DECISION-V1", { body: 1, sig: signed.sig }, golden.publicKey),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "key-unknown: $.sig: signed by key <kid>, which is not among the trusted keys",
          "key-unknown: $.sig: signed by key <kid>, which is not among the trusted keys",
          "field-invalid: $.sig.value: is a value of type object; it must be base64url of 64 bytes",
          "signature-invalid: $.sig: does not verify under key <kid> < signature-invalid",
          "field-invalid: $.body: is 1; it must be an object",
        ]
      `);
    });

    test("notes and checkpoints", () => {
      const note = canon.signCheckpoint({ origin: ORIGIN, size: 3, root }, golden);
      const vkey = canon.verifierKey(ORIGIN, golden.publicKey.raw);
      const line = note.split("\n").at(-2) as string;
      const open = (text: string) => () => canon.openCheckpoint(text, ORIGIN, vkey);
      expect(
        [
          open("x".repeat(1_000_001)),
          open(`\ud800${note}`),
          open(`\t${note}`),
          open("text\n"),
          open(note.slice(0, -1)),
          open(note.replace(/— .*\n$/, "")),
          open(`${note}${`${line}\n`.repeat(100)}`),
          open(note.replace("— ", "- ")),
          open(note.replace(/$/, "— a b c\n")),
          open(`${note}— a+b AAAA\n`),
          open(`${note}— a AAA\n`),
          open(`${note}— a AAAA\n`),
          open(note.replace("\n3\n", "\n4\n")),
          open(note.replace(line, `— ${ORIGIN} ${toBase64(new Uint8Array(68))}`)),
          () => canon.openCheckpoint(note, "other", vkey),
          ...[
            "x\n1\n",
            "x\n01\nAA==\n",
            "x\n9007199254740992\nAA==\n",
            "x\n1\n!\n",
            "x\n1\nAA==\n",
            "a b\n1\nAA==\n",
          ].map((text) => () => canon.parseCheckpoint(text)),
          () =>
            canon.openCheckpoint(
              canon.signNote(`other\n3\n${toBase64(root)}\n`, ORIGIN, golden),
              ORIGIN,
              vkey,
            ),
          ...["x", "a+12345678+", vkey.replace("+5", "+6"), vkey.replace("+AY", "+BY"), "a+12345678+!"].map(
            (text) => () => canon.parseVerifierKey(text),
          ),
          () => canon.signNote("no line feed", ORIGIN, golden),
          () => canon.verifierKey("a b", golden.publicKey.raw),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "note-malformed: note has 1000001 characters; the limit is 1000000",
          "note-malformed: note has a lone surrogate, which has no UTF-8 form",
          "note-malformed: note has a control character other than the line feed",
          "note-malformed: note has no blank line between text and signatures",
          "note-malformed: note does not end in a signature line and a line feed",
          "note-malformed: note does not end in a signature line and a line feed",
          "note-malformed: note has 101 signatures; the limit is 100",
          "note-malformed: note has a signature line that is not "— <name> <base64>"",
          "note-malformed: note has a signature line that is not "— <name> <base64>"",
          "key-name-malformed: key name "a+b" is empty or has white space or "+"",
          "note-malformed: note has a signature that is not base64 < base64-malformed",
          "note-malformed: note has a signature of 3 bytes; the key hash alone has 4",
          "note-signature-invalid: the signature of sigil.local/log/golden (<id>) does not verify < signature-invalid",
          "note-unverified: signed by sigil.local/log/golden+<id>; none of these is a trusted key",
          "note-unverified: signed by sigil.local/log/golden+<id>; none of these is a trusted key",
          "checkpoint-malformed: checkpoint must have exactly three lines: origin, size, root",
          "checkpoint-malformed: checkpoint size "01" is not a plain decimal up to 2^53 − 1",
          "checkpoint-malformed: checkpoint size "9007199254740992" is not a plain decimal up to 2^53 − 1",
          "checkpoint-malformed: checkpoint root is not base64 < base64-malformed",
          "checkpoint-malformed: checkpoint root has 1 bytes; SHA-256 has 32",
          "checkpoint-origin: origin "a b" must be 1 to 255 bytes without scheme, white space or "+", not beginning with SIGIL-",
          "checkpoint-origin: checkpoint is about other, not sigil.local/log/golden",
          "verifier-key-malformed: verifier key has not three fields; expected <name>+<hash>+<base64>",
          "verifier-key-malformed: verifier key has not three fields; expected <name>+<hash>+<base64>",
          "verifier-key-malformed: verifier key has a hash that is not that of its name and key; expected <name>+<hash>+<base64>",
          "verifier-key-malformed: verifier key is not of type 0x01; expected <name>+<hash>+<base64>",
          "verifier-key-malformed: verifier key has no usable key (base64-malformed); expected <name>+<hash>+<base64> < base64-malformed",
          "note-malformed: note has no blank line between text and signatures",
          "key-name-malformed: key name "a b" is empty or has white space or "+"",
        ]
      `);
    });

    test("trees", () => {
      const claim = { leafHash: root, index: 0, size: 1, proof: [], root };
      const pair = { size1: 1, size2: 2, root1: root, root2: root, proof: [root] };
      expect(
        [
          () => canon.verifyInclusion({ ...claim, size: 0 }),
          () => canon.verifyInclusion({ ...claim, index: 1 }),
          () => canon.verifyInclusion({ ...claim, index: -1 }),
          () => canon.verifyInclusion({ ...claim, leafHash: short }),
          () => canon.verifyInclusion({ ...claim, proof: [short] }),
          () => canon.verifyInclusion({ ...claim, proof: [root] }),
          () => canon.verifyInclusion({ ...claim, size: 2 }),
          () => canon.verifyInclusion({ ...claim, root: new Uint8Array(32) }),
          () => canon.verifyConsistency({ ...pair, size1: 0 }),
          () => canon.verifyConsistency({ ...pair, size1: 3 }),
          () => canon.verifyConsistency({ ...pair, size2: 1 }),
          () => canon.verifyConsistency({ ...pair, size2: 1, proof: [], root2: new Uint8Array(32) }),
          () => canon.verifyConsistency({ ...pair, proof: [] }),
          () => canon.verifyConsistency({ ...pair, proof: [root, root] }),
          () => canon.verifyConsistency({ ...pair, size2: 8 }),
          () => canon.verifyConsistency({ ...pair, size1: 3, size2: 4, proof: [root, root, root] }),
          () => canon.verifyConsistency(pair),
          () => canon.verifyConsistency({ ...pair, root1: short }),
          () => canon.inclusionProof(2, 2, () => root),
          () => canon.rootAt(2, () => undefined as unknown as Uint8Array),
          () => canon.consistencyProof(3, 2, () => root),
          () => canon.Frontier.from({ size: 3, hashes: [] }),
          () => canon.Frontier.from({ size: -1, hashes: [] }),
          () => canon.Frontier.from({ size: 1, hashes: ["ab"] }),
          () => canon.Frontier.empty().append(short),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "tree-size: tree size is 0; it must be an integer from 1 to 2^53 − 1",
          "tree-index: leaf index is 1; the tree has leaves 0 to 0",
          "tree-index: leaf index is -1; the tree has leaves 0 to 0",
          "hash-length: root or leaf hash has 31 bytes; SHA-256 has 32",
          "hash-length: proof hash has 31 bytes; SHA-256 has 32",
          "inclusion-invalid: leaf 0 is not proved to be in the tree of size 1: the proof is too long",
          "inclusion-invalid: leaf 0 is not proved to be in the tree of size 2: the proof is too short",
          "inclusion-invalid: leaf 0 is not proved to be in the tree of size 1: the proof leads to another root",
          "tree-size: tree size is 0; it must be an integer from 1 to 2^53 − 1",
          "tree-size: tree size is 2; it must be an integer from 3 to 2^53 − 1",
          "consistency-invalid: tree 1 is not proved to begin tree 1: equal sizes need an empty proof",
          "consistency-invalid: tree 1 is not proved to begin tree 1: equal sizes have different roots",
          "consistency-invalid: tree 1 is not proved to begin tree 2: the proof is empty",
          "consistency-invalid: tree 1 is not proved to begin tree 2: the proof is too long",
          "consistency-invalid: tree 1 is not proved to begin tree 8: the proof is too short",
          "consistency-invalid: tree 3 is not proved to begin tree 4: the proof leads to another old root",
          "consistency-invalid: tree 1 is not proved to begin tree 2: the proof leads to another new root",
          "hash-length: root or leaf hash has 31 bytes; SHA-256 has 32",
          "tree-index: leaf index is 2; the tree has leaves 0 to 1",
          "node-missing: no hash of the complete subtree at level 1, index 0",
          "tree-size: tree size is 2; it must be an integer from 3 to 2^53 − 1",
          "frontier-malformed: 0 hashes are not the frontier of a tree of size 3",
          "frontier-malformed: 0 hashes are not the frontier of a tree of size -1",
          "hash-length: frontier hash has 1 bytes; SHA-256 has 32",
          "hash-length: leaf hash has 31 bytes; SHA-256 has 32",
        ]
      `);
    });

    test("every step of a bundle, sound and damaged", () => {
      const told = (report: native.BundleReport, all = false) =>
        report.steps
          .filter(({ ok }) => all || !ok)
          .map(({ name, ok, subject, detail }) =>
            steady(`${ok ? "ok" : "no"} ${name}${subject ? ` (${subject})` : ""}: ${detail}`),
          );
      expect(told(canon.verifyBundle(bundle, trust), true)).toMatchInlineSnapshot(`
        [
          "ok format: a proof bundle with 5 leaves",
          "ok trust: trust file of 0193 pins the log key of sigil.local/log/0193",
          "ok checkpoint: the log sigil.local/log/0193 commits to 5 leaves",
          "ok cosignatures: the trust file asks for no cosigner",
          "ok inclusion (leaf 0): leaf 0 is in the tree of 5 leaves",
          "ok record-hash (leaf 0): the record hashes to what its leaf says",
          "ok record-signature (leaf 0): signed by record key <kid>",
          "ok inclusion (leaf 1): leaf 1 is in the tree of 5 leaves",
          "ok record-hash (leaf 1): the record hashes to what its leaf says",
          "ok record-signature (leaf 1): signed by record key <kid>",
          "ok authored-signature (leaf 1): the decision is signed by sigilderg",
          "ok inclusion (leaf 2): leaf 2 is in the tree of 5 leaves",
          "ok record-hash (leaf 2): the record hashes to what its leaf says",
          "ok record-signature (leaf 2): signed by record key <kid>",
          "ok inclusion (leaf 3): leaf 3 is in the tree of 5 leaves",
          "ok record-hash (leaf 3): the record hashes to what its leaf says",
          "ok record-signature (leaf 3): signed by record key <kid>",
          "ok authored-signature (leaf 3): the decision.outcome is signed by sigilderg",
          "ok inclusion (leaf 4): leaf 4 is in the tree of 5 leaves",
          "ok record-hash (leaf 4): the record hashes to what its leaf says",
          "ok record-signature (leaf 4): signed by record key <kid>",
          "ok authored-signature (leaf 4): the chain.frozen is signed by mmf",
          "ok genesis (leaf 0): leaf 0 is the pinned genesis record",
          "ok stream-link (<id>-0000-7000-8000-000000000003): follows 01930000-0000-7000-8000-000000000001 in decision/01930000-0000-7000-8000-000000000001",
          "ok effects (<id>-0000-7000-8000-000000000003): bound to 01930000-0000-7000-8000-000000000002 as it was decided",
          "ok citations: 3 of 4 cited records are here",
        ]
      `);
      expect(told(canon.verifyBundle(bundle))).toMatchInlineSnapshot(`
        [
          "no trust: no trust file: the keys are those that the bundle names, which proves nothing",
        ]
      `);
      const unhinted = { ...bundle, keys: { log: [], record: [], sigilderg: [], mmf: [] } };
      expect(told(canon.verifyBundle(unhinted))).toMatchInlineSnapshot(`
        [
          "no trust: no trust file: the keys are those that the bundle names, which proves nothing",
          "no checkpoint: the bundle names no log key, so its checkpoint was not checked",
        ]
      `);
      expect(
        damages.map(({ name, text }) => [name, told(canon.verifyBundle(text, trust))[0]]),
      ).toMatchInlineSnapshot(`
        [
          [
            "a changed payload",
            "no record-hash (leaf 2): the record hashes to <hash>, its leaf says <hash>",
          ],
          [
            "another record hash",
            "no inclusion (leaf 2): leaf 2 is not proved to be in the tree of size 5: the proof leads to another root",
          ],
          [
            "another ciphertext digest",
            "no inclusion (leaf 2): leaf 2 is not proved to be in the tree of size 5: the proof leads to another root",
          ],
          [
            "another leaf's proof",
            "no inclusion (leaf 2): leaf 2 is not proved to be in the tree of size 5: the proof leads to another root",
          ],
          [
            "a proof that is too long",
            "no inclusion (leaf 2): leaf 2 is not proved to be in the tree of size 5: the proof is too long",
          ],
          [
            "a proof that is too short",
            "no inclusion (leaf 2): leaf 2 is not proved to be in the tree of size 5: the proof is too short",
          ],
          [
            "a leaf beyond the tree",
            "no inclusion (leaf 5): leaf index is 5; the tree has leaves 0 to 4",
          ],
          [
            "a leaf at a fraction",
            "no format: $.entries[4].index: is 3.5; it must be an integer from 0 to 2^53 − 1",
          ],
          [
            "another record's signature",
            "no record-signature (leaf 2): $.sig: does not verify under key <kid>",
          ],
          [
            "a signature with S + L",
            "no record-signature (leaf 2): $.sig: does not verify under key <kid>",
          ],
          [
            "a signature by a key that nobody pins",
            "no record-signature (leaf 2): key <kid> is not pinned as a record key",
          ],
          [
            "a checkpoint of another size",
            "no checkpoint: the signature of sigil.local/log/0193 (<id>) does not verify",
          ],
          [
            "a checkpoint without signature",
            "no format: $.checkpoint: must be a signed note: note does not end in a signature line and a line feed",
          ],
          [
            "a checkpoint with another text before",
            "no checkpoint: the signature of sigil.local/log/0193 (<id>) does not verify",
          ],
          [
            "a checkpoint whose signature is only a cosignature",
            "no trust: the checkpoint carries no signature by a pinned log key",
          ],
          [
            "a cosignature that is none",
            "no format: $.cosignatures[0]: must be a signature line: note has a signature line that is not "— <name> <base64>"",
          ],
          [
            "a leaf twice",
            "no format: $.entries[5].index: leaf 1 is there twice",
          ],
          [
            "no entry",
            "no format: $.entries: must have an entry",
          ],
          [
            "another version",
            "no format: $.v: is 2; it must be 1",
          ],
          [
            "another type",
            "no format: $.type: is "sigil-trust"; it must be "sigil-proof-bundle"",
          ],
          [
            "another origin",
            "no trust: the checkpoint carries no signature by a pinned log key",
          ],
          [
            "no JSON",
            "no format: $: found the end at character 6418; expected "," or "}"",
          ],
          [
            "a forger's own keys",
            "no trust: the checkpoint carries no signature by a pinned log key",
          ],
          [
            "a forger's own record key",
            "no record-signature (leaf 0): key <kid> is not pinned as a record key",
          ],
          [
            "an invented decision",
            "no authored-signature (leaf 1): $.sig: does not verify under key <kid>",
          ],
          [
            "an invented erasure",
            "no authored-signature (leaf 1): $.sig: does not verify under key <kid>",
          ],
          [
            "an effect that was not decided",
            "no effects (<id>-0000-7000-8000-000000000003): 01930000-0000-7000-8000-000000000002 is not the record that was decided",
          ],
          [
            "a stream whose link is broken",
            "no stream-link (<id>-0000-7000-8000-000000000003): prev is sha256:0000000000000000000000000000000000000000000000000000000000000000, but decision/01930000-0000-7000-8000-000000000001 has <hash> before it",
          ],
          [
            "a stream that forks",
            "no stream-link (<id>-0000-7000-8000-000000000077): 01930000-0000-7000-8000-000000000003 has the same position 1 in decision/01930000-0000-7000-8000-000000000001: a fork",
          ],
        ]
      `);
      expect(
        damagedTrusts.map(({ name, trust: pinned }) => [
          name,
          told(canon.verifyBundle(bundle, pinned))[0] ?? "verified",
        ]),
      ).toMatchInlineSnapshot(`
        [
          [
            "a record key pinned for exactly its leaves",
            "verified",
          ],
          [
            "a record key pinned from a later leaf",
            "no record-signature (leaf 0): key <kid> is pinned as a record key, but not for leaf 0",
          ],
          [
            "a record key pinned to an earlier leaf",
            "no record-signature (leaf 1): key <kid> is pinned as a record key, but not for leaf 1",
          ],
          [
            "a record key pinned in a stranger's name",
            "no record-signature (leaf 0): key <kid> is not pinned as a record key",
          ],
          [
            "a sigilderg key pinned for exactly its leaves",
            "verified",
          ],
          [
            "a sigilderg key pinned from a later leaf",
            "no authored-signature (leaf 1): key <kid> is pinned as a sigilderg key, but not for leaf 1",
          ],
          [
            "a sigilderg key pinned to an earlier leaf",
            "no authored-signature (leaf 1): key <kid> is pinned as a sigilderg key, but not for leaf 1",
          ],
          [
            "a sigilderg key pinned in a stranger's name",
            "no authored-signature (leaf 1): key <kid> is not pinned as a sigilderg key",
          ],
          [
            "a mmf key pinned for exactly its leaves",
            "verified",
          ],
          [
            "a mmf key pinned from a later leaf",
            "no authored-signature (leaf 4): key <kid> is pinned as a mmf key, but not for leaf 4",
          ],
          [
            "a mmf key pinned to an earlier leaf",
            "no authored-signature (leaf 4): key <kid> is pinned as a mmf key, but not for leaf 4",
          ],
          [
            "a mmf key pinned in a stranger's name",
            "no authored-signature (leaf 4): key <kid> is not pinned as a mmf key",
          ],
          [
            "a log key pinned for exactly this size",
            "verified",
          ],
          [
            "a log key pinned for larger trees",
            "no checkpoint: the log key is not pinned for a checkpoint of 5 leaves",
          ],
          [
            "a log key pinned for smaller trees",
            "no checkpoint: the log key is not pinned for a checkpoint of 5 leaves",
          ],
          [
            "a log key under another's id",
            "no trust: key <kid> has the thumbprint <kid>, not <kid>",
          ],
          [
            "another genesis",
            "no genesis (leaf 0): leaf 0 is <hash>, the trust file pins sha256:0000000000000000000000000000000000000000000000000000000000000000",
          ],
          [
            "another log",
            "no trust: the trust file knows no log sigil.local/log/0193",
          ],
        ]
      `);
    });
  },
);

describe("what one entry refuses, every entry refuses", () => {
  const outcome = (act: () => unknown): string => saying(act).replace(/:.*/s, "");

  // What JSON cannot carry, wherever in a payload: each way into a record meets it, and names it alike.
  test.each<[string, unknown]>([
    ["bigint-value", 1n],
    ["lone-surrogate", "\udc00"],
    ["number-not-finite", Number.POSITIVE_INFINITY],
    ["number-range", 2 ** 60],
    ["undefined-value", undefined],
    ["not-plain-object", new Date(0)],
    ["key-forbidden", JSON.parse('{"__proto__":1}')],
    ["depth-exceeded", JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`)],
  ])("%s", (code, value) => {
    const bad = draft(1, { payload: { inner: [value] } as never });
    const record = { v: 1, ...bad, seq: 0, prev: null, ts: TS } as native.CanonRecord;
    const sig = { kid: golden.kid, alg: "Ed25519", value: "A".repeat(86) } as const;
    for (const { canon } of implementations) {
      const entries = {
        canonicalize: () => canon.canonicalize(bad),
        canonicalBytes: () => canon.canonicalBytes(bad),
        checkDraft: () => canon.checkDraft(bad),
        checkRecord: () => canon.checkRecord(record),
        completeDraft: () => canon.completeDraft(bad, { seq: 0, prev: null, ts: TS }),
        draftDigest: () => canon.draftDigest(bad),
        recordBytes: () => canon.recordBytes(record),
        recordHash: () => canon.recordHash(record),
        signRecord: () => canon.signRecord(record, golden),
        verifyRecord: () => canon.verifyRecord({ record, sig }, golden.publicKey),
        signAuthored: () => canon.signAuthored("SIGIL-DECISION-V1", bad, golden),
        verifyAuthored: () => canon.verifyAuthored("SIGIL-DECISION-V1", { body: bad, sig }, golden.publicKey),
      };
      for (const [name, entry] of Object.entries(entries))
        expect([name, outcome(entry)]).toEqual([name, code]);
    }
  });

  test("a record that a bundle holds and JSON cannot is refused by every verifier", () => {
    const [first, ...rest] = bundle.entries as [native.BundleEntry, ...native.BundleEntry[]];
    const inner = first.record as native.SignedRecord;
    const record = { ...inner, record: { ...inner.record, id: id(1), payload: { inner: 1n } } };
    for (const { canon } of implementations) {
      const changed = { ...bundle, entries: [{ ...first, record }, ...rest] };
      expect(canon.verifyBundle(changed, trust)).toMatchObject({
        verdict: "refused",
        code: "record-hash-mismatch",
      });
    }
  });
});
