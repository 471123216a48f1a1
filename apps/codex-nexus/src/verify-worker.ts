// A thread of a verification: takes ranges until there are none left, and says what it decided about each.
import { parentPort, workerData } from "node:worker_threads";
import { Secret } from "@sigil/crypto";
import { openGround, type RangeAnswer, type RangeWork, takeRange } from "./domain/verify/range-work.ts";
import { RangeExaminer, rangesOf } from "./domain/verify/ranges.ts";
import { SqliteInspection } from "./store/inspection.ts";

const { file, origin, pinned, root, span, shared, next } = workerData as RangeWork;
const inspection = SqliteInspection.open(file);
try {
  const examiner = new RangeExaminer(inspection, span, shared, root && (await ground(root)));
  const { end } = rangesOf(span);
  for (let range = takeRange(next, end); range !== undefined; range = takeRange(next, end)) {
    const answer: RangeAnswer = { range, verdict: await examiner.examine(range) };
    parentPort?.postMessage(answer);
  }
} finally {
  await inspection.close();
}

async function ground(bytes: Uint8Array) {
  const secret = Secret.from(bytes);
  bytes.fill(0);
  const meta = await inspection.meta();
  if (meta === undefined) throw new Error("the row about the store itself is gone");
  return openGround(secret, { meta, origin, pinned }, inspection);
}
