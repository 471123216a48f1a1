import { CanonError } from "../error.ts";
import { base64urlOf, digest, identifier, timestamp, uuidV7 } from "../identifier.ts";
import { anyObject, count, list, nullOr, object, oneOf, pathOf, type Shape, type Steps } from "../shape.ts";
import { type CanonRecord, LOAS, type RecordDraft, type SignedRecord } from "./frame.ts";
import { KINDS, kindRow } from "./kinds.ts";

const MAX_LINKS = 256;

const DRAFT: Record<string, Shape> = {
  id: uuidV7,
  kind: oneOf(...Object.keys(KINDS)),
  space: oneOf("user", "system"),
  stream: identifier,
  loa: oneOf(...LOAS),
  author: object(
    { principal: identifier, loa: oneOf(...LOAS) },
    { module: identifier, run: identifier, decision: identifier },
  ),
  links: list(object({ label: identifier, target: digest }), MAX_LINKS),
  salt: base64urlOf(32),
  payload: anyObject,
};

const draftShape = /* @__PURE__ */ object(DRAFT);
const recordShape = object({ v: oneOf(1), ...DRAFT, seq: count, prev: nullOr(digest), ts: timestamp });

export const signatureShape = object({ kid: base64urlOf(32), alg: oneOf("Ed25519"), value: base64urlOf(64) });
const signedShape = object({ record: anyObject, sig: signatureShape });

function requireSpace(draft: RecordDraft, steps: Steps, depth: number): void {
  const { spaces } = kindRow(draft.kind);
  if (!spaces.includes(draft.space)) {
    const message = `a ${draft.kind} record lives in ${spaces.join(" or ")} space, not ${draft.space}`;
    throw new CanonError("record-space", message, `${pathOf(steps, depth)}.space`);
  }
}

/** Refuses anything but the frame of a draft. The payload is only known to be an object. */
export function requireDraftFrame(value: unknown): RecordDraft {
  const steps: Steps = [];
  draftShape(value, steps, 0);
  requireSpace(value as RecordDraft, steps, 0);
  return value as RecordDraft;
}

/** Refuses anything but the frame of a record, with `prev` null exactly at position 0. */
export function requireRecordFrame(value: unknown, steps: Steps = [], depth = 0): CanonRecord {
  recordShape(value, steps, depth);
  const record = value as CanonRecord;
  requireSpace(record, steps, depth);
  if ((record.prev === null) !== (record.seq === 0)) {
    const must =
      record.seq === 0 ? "null at position 0" : `the hash of the record at position ${record.seq - 1}`;
    throw new CanonError("field-invalid", `prev must be ${must}`, `${pathOf(steps, depth)}.prev`);
  }
  return record;
}

/** Refuses anything but a record with a signature of the right shape; the signature itself is not checked. */
export function requireSignedFrame(value: unknown, steps: Steps = [], depth = 0): SignedRecord {
  signedShape(value, steps, depth);
  steps[depth] = "record";
  requireRecordFrame((value as SignedRecord).record, steps, depth + 1);
  return value as SignedRecord;
}
