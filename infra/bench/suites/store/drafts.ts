import { newSalt, type RecordDraft } from "@sigil/canon";
import { randomBytes, toBase64url } from "@sigil/crypto";
import { v7 as uuidv7 } from "uuid";

const PAYLOAD_BYTES = 1024;
const frame = { type: "episodic", tags: [] as string[], visibility: "private" };
const room = PAYLOAD_BYTES - JSON.stringify({ ...frame, text: "" }).length;

/** A draft whose payload has 1024 bytes of JSON. */
export function draft(stream = "memory/bench"): RecordDraft {
  const text = toBase64url(randomBytes(Math.ceil((room * 3) / 4))).slice(0, room);
  return {
    id: uuidv7(),
    kind: "memory.block",
    space: "user",
    stream,
    loa: "Observer",
    author: { principal: "bench", loa: "Operator" },
    links: [],
    salt: newSalt(),
    payload: { ...frame, text },
  };
}

export function drafts(count: number, stream?: string): RecordDraft[] {
  return Array.from({ length: count }, () => draft(stream));
}
