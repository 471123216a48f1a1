import { createHash } from "node:crypto";
import { CanonError, canonicalBytes, type Loa, parseJson } from "@sigil/canon";
import { compareLoa } from "@sigil/policy";
import { z } from "zod";
import { writtenFile } from "./answer/shapes.ts";
import type { Input, Result } from "./command.ts";
import type { Door } from "./door.ts";
import { EXIT } from "./exit.ts";
import type { FileLine, Needs } from "./needs.ts";
import { printable, type Style } from "./style.ts";

/** Why a line is not written. */
export interface Fault {
  readonly code: string;
  readonly detail: string;
}
interface Rejected extends Fault {
  readonly line: number;
}

/** What every imported line may say: which one it is, and the least level that may read it. */
interface Line {
  readonly id?: string | undefined;
  readonly loa?: Loa | undefined;
}

/** What a file of lines becomes. */
export interface Imported<T extends Line> {
  readonly action: string;
  /** Of several, such as `memory blocks`. */
  readonly what: string;
  readonly schema: z.ZodType<T>;
  /** Throws for a value that shows the file to be of another form as a whole. */
  readonly requireForm?: (line: FileLine, file: string) => void;
  /** Why whoever imports it may not write it. */
  readonly refused?: (line: T, principal: string) => Fault | undefined;
  readonly write: (
    door: Door,
    line: Omit<T, "id">,
    idempotencyKey: string,
  ) => Promise<{ readonly replayed: boolean }>;
}

export const PARTIAL = {
  flags: "--partial",
  summary: "write the lines that are good although others are not",
} as const;

export const IMPORTED = writtenFile({
  written: z.int(),
  before: z.int(),
  rejected: z.array(z.strictObject({ line: z.int(), code: z.string(), detail: z.string() })),
});

export type Importing = Pick<Needs, "withDoor" | "readLines" | "progress" | "say">;

/**
 * Writes the lines of a file as the caller's own. Every line is looked at before the first is written, each is written once
 * however often the file is imported, and the file is never held as a whole: an import that was interrupted goes on when it is
 * repeated.
 */
export async function importLines<T extends Line>(
  { withDoor, readLines, progress, say }: Importing,
  input: Input,
  as: Imported<T>,
): Promise<Result> {
  const file = input.argument("file");
  return withDoor(input.settings, as.action, async (door) => {
    const rejected: Rejected[] = [];
    let total = 0;
    for await (const line of readLines(file)) {
      as.requireForm?.(line, file);
      const read = lineOf(line, as, door);
      if (read === undefined) continue;
      if ("fault" in read) rejected.push({ line: line.number, ...read.fault });
      else total += 1;
    }
    if (rejected.length > 0 && !input.flag("partial"))
      return {
        json: { file, written: 0, before: 0, rejected },
        text: (style) => [
          ...rejectedLines(rejected, style),
          `${style.bad("nothing was written")}: ${rejected.length} lines of ${file} are no ${as.what}`,
          "Correct them, or write the others alone: --partial",
        ],
        exit: EXIT.usage,
      };
    let written = 0;
    let done = 0;
    for await (const line of readLines(file)) {
      const read = lineOf(line, as, door);
      if (read === undefined || "fault" in read) continue;
      const { id: _, ...said } = read.value;
      const { replayed } = await as.write(door, said, keyOf(read.value)).catch((error: unknown) => {
        say(`stopped at line ${line.number} of ${file}; the same command goes on from there`);
        throw error;
      });
      if (!replayed) written += 1;
      done += 1;
      progress({ what: as.what, done, total });
    }
    const before = done - written;
    return {
      json: { file, written, before, rejected },
      text: (style) => [
        ...rejectedLines(rejected, style),
        `${style.good("written")}: ${written} ${as.what} as ${door.licence?.principal}`,
        ...(before === 0 ? [] : [`${before} were written by an import before`]),
      ],
      exit: rejected.length === 0 ? EXIT.done : EXIT.refused,
    };
  });
}

/** What a line says; undefined for an empty one. */
function lineOf<T extends Line>(
  line: FileLine,
  { schema, refused }: Imported<T>,
  { licence }: Door,
): { readonly value: T } | { readonly fault: Fault } | undefined {
  if ("code" in line) return { fault: { code: line.code, detail: line.detail } };
  if (line.text.trim() === "") return undefined;
  let parsed: unknown;
  try {
    parsed = parseJson(line.text);
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    return { fault: { code: "line-not-json", detail: error.code } };
  }
  const { success, data, error } = schema.safeParse(parsed);
  if (!success) {
    const [issue] = error.issues;
    const detail = `${issue?.path.join(".") || "it"}: ${issue?.message ?? "has another form"}`;
    return { fault: { code: "line-invalid", detail } };
  }
  if (licence === undefined) return { value: data };
  const { principal, loa } = licence;
  if (data.loa !== undefined && compareLoa(data.loa, loa) > 0)
    return { fault: { code: "level-too-low", detail: `it is for ${data.loa}, and ${principal} has ${loa}` } };
  const fault = refused?.(data, principal);
  return fault === undefined ? { value: data } : { fault };
}

function rejectedLines(rejected: readonly Rejected[], style: Style): string[] {
  return rejected.map(
    ({ line, code, detail }) => `${style.bad("rejected")}  line ${line}  ${code}  ${printable(detail)}`,
  );
}

/** The same line of the same file has the same key: the id tells two lines of one content apart. */
function keyOf(line: object): string {
  return `import-${createHash("sha256").update(canonicalBytes(line)).digest("base64url")}`;
}
