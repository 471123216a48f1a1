// A thread that signs and seals. It is given the keys as Node's own objects, so that their bytes stay where they are, and
// wipes what it was given of the records.
import { parentPort } from "node:worker_threads";
import { AeadKey, signWithObject } from "@sigil/crypto";
import { sealRecord } from "../domain/seal.ts";
import { type PackedRecords, packSealed, type SealAnswer, unpackRecords } from "./sealing.ts";

const port = parentPort;
if (port === null) throw new Error("seal-thread.ts runs as a thread of a store");

function answerTo(packed: PackedRecords): SealAnswer {
  const { origin, recordKey, kek } = packed.keys;
  const keys = {
    origin,
    record: { kid: recordKey.kid, sign: (message: Uint8Array) => signWithObject(recordKey.object, message) },
    kek: { id: kek.id, key: AeadKey.ofObject(kek.object) },
  };
  try {
    return packSealed(unpackRecords(packed).map((record) => sealRecord(record, keys)));
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  } finally {
    packed.bytes.fill(0);
  }
}

port.on("message", (packed: PackedRecords | null) => {
  if (packed === null) {
    port.close();
    return;
  }
  const answer = answerTo(packed);
  port.postMessage(answer, "failed" in answer ? [] : [answer.bytes.buffer]);
});
