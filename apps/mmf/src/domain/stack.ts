import { SourceMap } from "node:module";
import type { SandboxOutcome } from "./sandbox.ts";

/** The outcome of a run with the author's own lines in what the guest threw, through the package's source map. */
export function authored(outcome: SandboxOutcome, map: string | undefined): SandboxOutcome {
  return outcome.ok ? outcome : { ...outcome, message: authorStack(outcome.message, map) };
}

/** A frame of the guest's stack as the engine writes it, in the module or in the code that starts it. */
const FRAME = /^ {4}at (?:(.{0,256}?) \()?(module\.js|guest\.js|native|<input>)(?::(\d{1,7}):(\d{1,7}))?\)?$/;

/** How many frames are mapped; a stack of recursion says the same over and over. */
const MAX_FRAMES = 16;

/** What a map may call a source: it becomes part of a record, so nothing but a short relative path passes. */
const SOURCE = /^(?:[A-Za-z0-9@_-][A-Za-z0-9@._-]*\/){0,16}[A-Za-z0-9@_-][A-Za-z0-9@._-]*$/;
const MAX_SOURCE = 128;

/**
 * The words of a guest's error with the author's own lines in place of the bundle's, and without the frames of the code that
 * starts a module. The map is the publisher's and untrusted: where it is absent, malformed or says something that is no
 * relative path, the bundle's line stays. Never throws.
 */
function authorStack(message: string, map: string | undefined): string {
  if (!message.includes("\n")) return message;
  const find = lookup(map);
  const lines: string[] = [];
  let frames = 0;
  for (const line of message.split("\n")) {
    const frame = FRAME.exec(line);
    if (frame === null) {
      if (line !== "") lines.push(line);
      continue;
    }
    const [, name, file, row, column] = frame;
    if (file !== "module.js" || ++frames > MAX_FRAMES) continue;
    const at = find(Number(row), Number(column)) ?? `dist/module.js:${row}:${column}`;
    lines.push(name === undefined || name === "<anonymous>" ? `    at ${at}` : `    at ${name} (${at})`);
  }
  return lines.join("\n");
}

type Lookup = (line: number, column: number) => string | undefined;

/** Lines and columns count from 1, as in a stack; the map counts from 0. */
function lookup(map: string | undefined): Lookup {
  if (map === undefined) return () => undefined;
  let read: SourceMap;
  try {
    read = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return () => undefined;
  }
  return (line, column) => {
    try {
      const entry = read.findEntry(line - 1, column - 1);
      if (!("originalSource" in entry)) return undefined;
      const { originalSource: source, originalLine, originalColumn } = entry;
      const plain = typeof source === "string" && source.length <= MAX_SOURCE && SOURCE.test(source);
      return plain ? `${source}:${originalLine + 1}:${originalColumn + 1}` : undefined;
    } catch {
      return undefined;
    }
  };
}
