/** How much more the last third may hold than the second one: caches are full by then. */
const GROWTH = 1.15;
const SLACK = 24 * 2 ** 20;
/** Fewer samples than this say nothing about a slope. */
const SAMPLES = 12;

export interface MemoryCounts {
  memoryEarlyMiB: number;
  memoryLateMiB: number;
}

/** Notes the level of the second third and of the last in `counts`; a problem when the last is higher. Samples in bytes. */
export function growth(samples: readonly number[], counts: MemoryCounts, whose = "memory"): string[] {
  const third = Math.floor(samples.length / 3);
  const early = median(samples.slice(third, 2 * third));
  const late = median(samples.slice(2 * third));
  counts.memoryEarlyMiB = mib(early);
  counts.memoryLateMiB = mib(late);
  if (samples.length < SAMPLES || late <= early * GROWTH + SLACK) return [];
  return [`${whose} grows: ${mib(early)} MiB in the second third of the run, ${mib(late)} MiB in the last`];
}

export const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
