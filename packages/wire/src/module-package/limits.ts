import { KINDS } from "@sigil/canon";
import { packageRefusal } from "./refusal.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

/** An output: what a `run.output` record holds, less its frame. Bytes of JSON. */
const MAX_OUTPUT_BYTES = KINDS["run.output"].maxBytes - 4 * KiB;

/**
 * What one run may use: the default, the ceiling up to which a manifest may ask for more, and the code under which a run
 * ends that needs more. A manifest may always ask for less. Milliseconds and bytes; `wallMs` counts from the moment a runner
 * takes the run, waiting for host calls included, but not those for a model.
 */
export const LIMITS = {
  cpuMs: { default: 500, ceiling: 30_000, code: "cpu-limit", of: "ms of CPU time" },
  wallMs: { default: 10_000, ceiling: 60_000, code: "wall-limit", of: "ms" },
  memoryBytes: { default: 32 * MiB, ceiling: 256 * MiB, code: "memory-limit", of: "bytes of memory" },
  stackBytes: { default: 256 * KiB, ceiling: 256 * KiB, code: "stack-limit", of: "bytes of stack" },
  hostCalls: { default: 64, ceiling: 64, code: "calls-limit", of: "host calls" },
  argumentBytes: {
    default: 64 * KiB,
    ceiling: 64 * KiB,
    code: "argument-too-large",
    of: "bytes in one argument",
  },
  outputBytes: {
    default: MAX_OUTPUT_BYTES,
    ceiling: MAX_OUTPUT_BYTES,
    code: "output-too-large",
    of: "bytes of output",
  },
} as const;

export type LimitName = keyof typeof LIMITS;

export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

/** Every limit of one run. */
export type RunLimits = Record<LimitName, number>;

/** What a package may consist of. Bytes, but for `entries`: files and folders. */
export const PACKAGE_LIMITS = {
  /** The manifest file. */
  manifestBytes: 64 * KiB,
  /** Any file, hence the code of a module. */
  fileBytes: MiB,
  /** All files together. */
  totalBytes: 8 * MiB,
  entries: 256,
  /** A tarball as it lies on disk. */
  tarballBytes: 8 * MiB,
} as const;

/**
 * The limits of a run from what its manifest asks for.
 * @throws WireError limit-over-ceiling, naming the limit, the number asked for and the ceiling.
 */
export function runLimits(asked: Partial<Record<LimitName, number | undefined>>): RunLimits {
  const limits = {} as RunLimits;
  for (const name of LIMIT_NAMES) {
    const value = asked[name] ?? LIMITS[name].default;
    const { ceiling } = LIMITS[name];
    if (!Number.isSafeInteger(value) || value < 1 || value > ceiling) {
      throw packageRefusal(
        "limit-over-ceiling",
        `limits.${name} is ${value}; it must be a whole number from 1 to ${ceiling}`,
      );
    }
    limits[name] = value;
  }
  return limits;
}
