import type { Submit } from "../domain/cosign/submission.ts";

/** A cosignature line has about 200 bytes; this is room for a hundred. */
const MAX_BYTES = 32_768;

/**
 * `POST <submission prefix>/add-checkpoint` of C2SP tlog-witness. Follows no redirect, sends no credential, and reads no
 * more than 32 KiB of an answer.
 */
export const submitToWitness: Submit = async (url, body, signal) => {
  const answer = await fetch(`${url}/add-checkpoint`, {
    method: "POST",
    body,
    headers: { "content-type": "text/plain; charset=utf-8" },
    redirect: "error",
    signal,
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`its answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return {
    status: answer.status,
    contentType: answer.headers.get("content-type") ?? "",
    text: Buffer.concat(chunks).toString("utf8"),
  };
};
