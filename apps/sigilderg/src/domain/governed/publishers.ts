import { CryptoError, fromBase64url, verifyKey } from "@sigil/crypto";
import { type PayloadOf, ProblemError, publisherRequest } from "@sigil/wire";
import { jsonOf } from "../records/json.ts";
import { changeReason } from "./change.ts";
import { type Ground, governed, type Write } from "./row.ts";

type Change = PayloadOf<"publisher.change">;

/**
 * `publisher.change`: the packages of another publisher may be registered and run, or none of a publisher's does any more.
 * Refuses a key that must not be enrolled (`body-invalid`), one that is or was pinned (`publisher-known`), one that never was
 * (`not-found`) and one that is revoked already (`change-empty`).
 */
export const publisherChange = governed({
  action: "publisher.change",
  request: publisherRequest,
  prepare(request, ground, circumstances) {
    const reason = changeReason(request, circumstances);
    const { mode } = circumstances;
    if (request.change === "revoke") {
      return write({ change: "revoke", kid: request.kid, reason, mode }, ground);
    }
    const { name, publicKey } = request;
    return write({ change: "add", name, kid: kidOf(publicKey), publicKey, reason, mode }, ground);
  },
  requireApplicable,
  views(written, { projection }) {
    const change = written.content as unknown as Change;
    const before = projection.publishers.row(change.kid);
    const after =
      change.change === "add"
        ? { name: change.name, kid: change.kid, publicKey: change.publicKey, state: "active" }
        : { ...before, state: "revoked" };
    return { before: before === undefined ? null : jsonOf(before), after: jsonOf(after) };
  },
});

function write(change: Change, ground: Ground): Write {
  const made: Write = {
    kind: "publisher.change",
    stream: "system/publishers",
    loa: "Observer",
    content: jsonOf(change),
  };
  requireApplicable(made, ground);
  return made;
}

function requireApplicable({ content }: Write, { projection }: Ground): void {
  const why = projection.publishers.refusal(content as unknown as Change);
  if (why !== undefined) throw new ProblemError(why.code, why.detail);
}

function kidOf(publicKey: string): string {
  try {
    return verifyKey(fromBase64url(publicKey)).kid;
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    const detail = `not an Ed25519 key that may be pinned: ${cause.code}`;
    throw new ProblemError("body-invalid", detail, { missing: [`$.publicKey: ${detail}`], cause });
  }
}
