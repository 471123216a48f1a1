import type { ProofBundle } from "@sigil/canon";
import type { BundleFrame } from "@sigil/wire";

/** The whole of a bundle that comes in frames. */
export async function wholeBundle(frames: AsyncIterable<BundleFrame>): Promise<ProofBundle> {
  let head: Omit<ProofBundle, "entries"> | undefined;
  const entries: ProofBundle["entries"][number][] = [];
  for await (const frame of frames) {
    if ("head" in frame) ({ head } = frame);
    else entries.push(...frame.entries);
  }
  if (head === undefined) throw new Error("the bundle has no head");
  return { ...head, entries };
}
