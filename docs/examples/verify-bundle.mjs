// A second verifier of proof bundles, written from docs/reference/formats.md alone: nothing of Sigil is imported.
//   node verify-bundle.mjs bundle.json [trust.json]      exit 0 verified, 1 refused, 2 unpinned
// Without a trust file the keys in a bundle can only show damage. `sigil verify` also checks the shape of every field.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { canonicalize } from "json-canonicalize";
import nacl from "tweetnacl";

const AUTHORS = {
  decision: ["SIGIL-DECISION-V1", "sigilderg"],
  "decision.outcome": ["SIGIL-OUTCOME-V1", "sigilderg"],
  "decision.batch": ["SIGIL-BATCH-V1", "sigilderg"],
  "chain.frozen": ["SIGIL-CHAIN-V1", "mmf"],
  "record.erased": ["SIGIL-ERASURE-V1", "sigilderg"],
};
const [L, P] = [2n ** 252n + 27742317777372353535851937790883648493n, 2n ** 255n - 19n];
const Y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n; // of two points of order 8
const SMALL = [0n, 1n, P - 1n, Y8, P - Y8];
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const digest = (text) => `sha256:${sha256(text).toString("hex")}`;
const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const covers = ({ from, to }, leaf) => from <= leaf && (to === null || leaf < to);
function need(holds, code, detail) {
  if (!holds) throw Object.assign(new Error(detail), { code });
}
function decode(text, encoding, length) {
  const bytes = Buffer.from(text, encoding);
  const sound = bytes.toString(encoding) === text && bytes.length === (length ?? bytes.length);
  need(sound, "bundle-malformed", `${text} is not ${encoding} of ${length ?? "some"} bytes`);
  return bytes;
}

/** tweetnacl compares R with the one it computes, but bounds neither S nor the order of R and A. */
function checkSignature(message, signature, { raw }, code) {
  need(signature.length === 64, code, `a signature has 64 bytes, not ${signature.length}`);
  const y = [raw, signature.subarray(0, 32)].map((point) => little(point) & (2n ** 255n - 1n));
  const sound = y.every((each) => each < P && !SMALL.includes(each)) && little(signature.subarray(32)) < L;
  need(sound && nacl.sign.detached.verify(message, signature, raw), code, "a signature does not verify");
}

function keyOf({ kid, publicKey, from = 0, to = null }) {
  const thumbprint = sha256(`{"crv":"Ed25519","kty":"OKP","x":"${publicKey}"}`).toString("base64url");
  need(thumbprint === kid, "trust-malformed", `thumbprint (RFC 7638) is ${thumbprint}, not ${kid}`);
  return { kid, from, to, raw: decode(publicKey, "base64url", 32) };
}

/** C2SP signed-note and tlog-checkpoint: size and root that a log key signed under the name of the origin. */
function openCheckpoint({ checkpoint, origin, cosignatures }, { log, epochs, pinned, cosigners }) {
  const [, text = "", block = ""] = /^(.*\n)\n(.+)\n$/s.exec(checkpoint) ?? [];
  const lines = [...block.split("\n"), ...cosignatures].map((line) => {
    const [, name, value] = /^— ([^\s+]+) (\S+)$/u.exec(line) ?? [];
    need(value !== undefined, "bundle-malformed", `${line} is no signature line`);
    return { name, bytes: decode(value, "base64") };
  });
  const own = lines.slice(0, lines.length - cosignatures.length);
  // A line begins with the first four bytes of SHA-256(name ‖ line feed ‖ type ‖ key): type 1 the log, 4 a cosigner.
  const isBy = (line, name, type, raw) =>
    line.name === name && sha256(`${name}\n`, type, raw).subarray(0, 4).equals(line.bytes.subarray(0, 4));
  const signs = (key) => (line) => isBy(line, origin, "\x01", key.raw);
  const signed = log.flatMap((key) => own.filter(signs(key)).map(({ bytes }) => ({ ...key, bytes })));
  need(signed.length > 0 || log.length === 0, "key-not-pinned", "no known log key signed the checkpoint");
  const isPinned = epochs.some((each) => each.origin === origin);
  need(isPinned, "origin-not-pinned", `no epoch is ${origin}`);
  const check = (key) => checkSignature(Buffer.from(text), key.bytes.subarray(4), key, "checkpoint-invalid");
  signed.forEach(check);
  const [, name, size, root] = /^(.+)\n(0|[1-9]\d{0,15})\n(.+)\n$/.exec(text) ?? [];
  need(name === origin, "checkpoint-invalid", "the text is not three lines about this log");
  const inRange = signed.some((key) => covers(key, Math.max(0, size - 1)));
  need(!pinned || inRange, "key-not-pinned", `the log key is not pinned for ${size} leaves`);
  const cosigned = (cosigners?.keys ?? []).filter((vkey) => {
    const [, name, key] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(vkey);
    const raw = decode(key, "base64", 33).subarray(1);
    const { bytes } = lines.find((line) => isBy(line, name, "\x04", raw)) ?? {};
    const message = bytes && Buffer.from(`cosignature/v1\ntime ${bytes.readBigUInt64BE(4)}\n${text}`);
    if (bytes) checkSignature(message, bytes.subarray(12), { raw }, "cosignature-invalid");
    return bytes !== undefined;
  }).length;
  need(cosigned >= (cosigners?.threshold ?? 0), "cosignature-missing", `only ${cosigned} cosigned`);
  return { size: Number(size), root: decode(root, "base64", 32) };
}

/** RFC 9162 section 2.1.3.2. */
function checkInclusion({ index, ch, rh, proof }, { size, root }) {
  let [fn, sn, hash] = [index, size - 1, sha256("\0", canonicalize({ ch, rh, v: 1 }))];
  need(index >= 0 && index < size, "inclusion-invalid", `leaf ${index} is beyond the tree of ${size}`);
  for (const sibling of proof.map((each) => decode(each, "base64", 32))) {
    need(sn > 0, "inclusion-invalid", "the proof is too long");
    const isRight = fn % 2 === 1 || fn === sn;
    hash = isRight ? sha256("\x01", sibling, hash) : sha256("\x01", hash, sibling);
    while (isRight && fn % 2 === 0 && fn > 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  need(sn === 0 && hash.equals(root), "inclusion-invalid", `leaf ${index} is not in the tree`);
}

function checkRecord({ index, rh, record: { record, sig } }, ring) {
  need(digest(canonicalize(record)) === rh, "record-hash-mismatch", `leaf ${index} is another record`);
  const check = (domain, role, body, { kid, value }, code) => {
    const key = ring[role].find((each) => each.kid === kid && covers(each, index));
    need(key || !ring.pinned, "key-not-pinned", `no ${role} key ${kid} is pinned for leaf ${index}`);
    const message = Buffer.from(`${domain}\n${canonicalize(body)}`);
    if (key) checkSignature(message, decode(value, "base64url", 64), key, code);
  };
  check("SIGIL-RECORD-V1", "record", record, sig, "signature-invalid");
  const author = Object.hasOwn(AUTHORS, record.kind) ? AUTHORS[record.kind] : undefined;
  const asked = `${record.kind} ${ring.quorum?.ceremony ? "quorum" : ring.pinned && record.payload.mode}`;
  need(!/(change|issue|log.policy|lockdown|closed|entered) quorum$/.test(asked), "quorum-unchecked", asked);
  if (author) check(...author, record.payload.body, record.payload.sig, "authored-signature-invalid");
}

/** Neighbours in a stream are chained; what an outcome names as its effect is what was decided. */
function checkRelations(records) {
  for (const { stream, seq, prev, kind, payload } of records) {
    const at = (place) => records.filter((each) => each.stream === stream && each.seq === place);
    need(at(seq).length === 1, "stream-link-mismatch", `${stream} forks at ${seq}`);
    const linked = at(seq - 1).every((before) => digest(canonicalize(before)) === prev);
    need(linked, "stream-link-mismatch", `${stream} is broken before ${seq}`);
    for (const { id, digest: decided } of (kind === "decision.outcome" && payload.body.effects) || []) {
      const { v, seq: _seq, prev: _prev, ts: _ts, ...draft } = records.find((each) => each.id === id) ?? {};
      const same = v === undefined || digest(`SIGIL-DRAFT-V1\n${canonicalize(draft)}`) === decided;
      need(same, "effect-digest-mismatch", `${id} is not what was decided`);
    }
  }
}

function verify({ v, type, keys, entries, ...bundle }, trust) {
  const leaves = [...new Set(entries.map(({ index }) => index))].filter(Number.isSafeInteger).length;
  const sound = v === 1 && type === "sigil-proof-bundle" && leaves > 0 && leaves === entries.length;
  need(sound, "bundle-malformed", "another format, no entry, or a leaf twice");
  const ring = { epochs: [bundle], ...trust, pinned: trust !== undefined };
  for (const role in keys) ring[role] = (trust?.keys ?? keys)[role].map(keyOf);
  const checkpoint = openCheckpoint(bundle, ring);
  for (const entry of entries) {
    checkInclusion(entry, checkpoint);
    if (entry.record) checkRecord(entry, ring);
    need(entry.index > 0 || !trust || entry.rh === trust.genesis, "genesis-mismatch", "another leaf 0");
  }
  checkRelations(entries.flatMap(({ record }) => record?.record ?? []));
}

const [bundleText, trustText] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
try {
  verify(JSON.parse(bundleText), trustText && JSON.parse(trustText));
  if (trustText === undefined) process.exitCode = 2;
  console.log(trustText === undefined ? "unpinned" : "verified");
} catch (error) {
  console.log(`refused ${error.code ?? "bundle-malformed"}: ${error.message}`);
  process.exitCode = 1;
}
