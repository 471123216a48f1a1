import { SourceMap } from "node:module";
import type { SandboxOutcome } from "./sandbox.ts";

/** The outcome of a run with the author's own lines in what the guest threw, through the package's source map. */
export function authored(outcome: SandboxOutcome, map: string | undefined): SandboxOutcome {
  return outcome.ok ? outcome : { ...outcome, message: authorStack(outcome.message, map) };
}

/** Where a frame of the guest's stack is, as the engine writes it: in the module, or in the code that starts it. */
const PLACE = /^(module\.js|guest\.js|native|<input>)(?::(\d{1,7}):(\d{1,7}))?$/;

interface Frame {
  name: string | undefined;
  file: string;
  line: number;
  column: number;
}

/** `    at name (place)` or `    at place`; undefined for a line that is the guest's own words. */
function frameOf(line: string): Frame | undefined {
  if (!line.startsWith("    at ")) return undefined;
  const text = line.slice(7);
  const open = text.endsWith(")") ? text.lastIndexOf(" (") : -1;
  const place = PLACE.exec(open === -1 ? text : text.slice(open + 2, -1));
  if (place === null) return undefined;
  const [, file = "", row, column] = place;
  return {
    name: open === -1 ? undefined : text.slice(0, open),
    file,
    line: Number(row),
    column: Number(column),
  };
}

/** How many frames are mapped; a stack of recursion says the same over and over. */
const MAX_FRAMES = 16;

/** Reading a map takes time that no meter of the run counts. UTF-16 units. */
const MAX_MAP = 256 * 1024;

/** What a map may call a source: it becomes part of a record, so nothing but a short relative path passes. */
const STEP = /^[A-Za-z0-9@_-][A-Za-z0-9@._-]{0,127}$/;
const MAX_SOURCE = 128;

const isPlain = (source: unknown): source is string =>
  typeof source === "string" &&
  source.length <= MAX_SOURCE &&
  source.split("/").every((step) => STEP.test(step));

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
    const frame = frameOf(line);
    if (frame === undefined) {
      if (line !== "") lines.push(line);
      continue;
    }
    const { name, file } = frame;
    if (file !== "module.js" || ++frames > MAX_FRAMES) continue;
    const at = find(frame.line, frame.column) ?? `dist/module.js:${frame.line}:${frame.column}`;
    lines.push(name === undefined || name === "<anonymous>" ? `    at ${at}` : `    at ${name} (${at})`);
  }
  return lines.join("\n");
}

type Lookup = (line: number, column: number) => string | undefined;

/** Lines and columns count from 1, as in a stack; the map counts from 0. */
function lookup(map: string | undefined): Lookup {
  if (map === undefined || map.length > MAX_MAP) return () => undefined;
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
      return isPlain(source) ? `${source}:${originalLine + 1}:${originalColumn + 1}` : undefined;
    } catch {
      return undefined;
    }
  };
}
