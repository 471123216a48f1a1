import { setImmediate as turn } from "node:timers/promises";
import { type Checkpoint, type TrustFile, verifierKey, verifyBundle } from "@sigil/canon";
import { growth, mib } from "../memory.ts";
import type { HarnessReport, Progress } from "../report.ts";
import type { Target } from "./target.ts";
import { MonotoneCheckpoint } from "./watch.ts";

const WRITERS = 6;
const READERS = 4;
/** Records that readers choose from. */
const RECENT = 512;
const SAMPLE_MS = 250;

/**
 * Writers and verifying readers side by side. Every checkpoint must extend the one line that all share, every record
 * that was acknowledged must prove against it at once, and memory must not grow with what was written. Each takes a turn
 * of the event loop, as a request that came over a socket does.
 */
export async function hammer(
  target: Target,
  seconds: number,
  options: {
    trust: TrustFile;
    logKey: Uint8Array;
    first: Checkpoint;
    sampleMs?: number;
    progress?: Progress;
  },
): Promise<HarnessReport> {
  const { trust, first, progress } = options;
  const line = new MonotoneCheckpoint(trust.origin, verifierKey(trust.origin, options.logKey), first);
  const problems: string[] = [];
  const counts = { written: 0, proved: 0, memoryEarlyMiB: 0, memoryLateMiB: 0 };
  const recent: string[] = [];
  const memory: number[] = [];
  const end = performance.now() + seconds * 1000;
  const going = () => performance.now() < end && problems.length < 20;
  const attempt = (what: string, act: () => Promise<void>) =>
    act().catch((error: unknown) =>
      problems.push(`${what}: ${error instanceof Error ? error.message : error}`),
    );

  const writer = async (name: number) => {
    for (let n = 0; going(); n += 1) {
      await turn();
      await attempt("a writer", async () => {
        const known = line.newest;
        const texts = Array.from(
          { length: 1 + (n % 4) },
          (_, part) => `writer ${name} note ${n} part ${part}`,
        );
        const { ids, checkpoint, consistency } = await target.append(texts, known);
        line.extend(checkpoint, known, consistency);
        counts.written += ids.length;
        recent.push(...ids);
        if (recent.length > RECENT) recent.splice(0, recent.length - RECENT);
      });
    }
  };
  const reader = async () => {
    while (going()) {
      await turn();
      if (recent.length === 0) continue;
      await attempt("a reader", async () => {
        const ids = [recent.at(-1) ?? "", recent[Math.floor(Math.random() * recent.length)] ?? ""];
        const atLeast = line.newest.size;
        const bundle = await target.prove([...new Set(ids)]);
        line.read(bundle.checkpoint, atLeast);
        const report = verifyBundle(bundle, trust);
        if (report.verdict !== "verified") throw new Error(`a proof is ${report.verdict}: ${report.code}`);
        counts.proved += bundle.entries.length;
      });
    }
  };
  const watcher = async () => {
    while (going()) {
      await new Promise((resolve) => setTimeout(resolve, options.sampleMs ?? SAMPLE_MS));
      memory.push(target.memory());
      if (memory.length % 40 === 0) {
        progress?.(`${counts.written} written, ${counts.proved} proved, ${mib(memory.at(-1) ?? 0)} MiB`);
      }
    }
  };
  await Promise.all([
    ...Array.from({ length: WRITERS }, (_, name) => writer(name)),
    ...Array.from({ length: READERS }, reader),
    watcher(),
  ]);
  if (counts.written === 0 || counts.proved === 0) problems.push("nothing was written or nothing proved");
  problems.push(...growth(memory, counts));
  return { harness: "hammer", rounds: seconds, counts, problems };
}
