import { ruleZeroOutput } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";
import { runStatus, usage } from "./module.ts";
import { reason, verdict } from "./trust.ts";

// The CLI and `mmf rehearse`: one JSON object a line, in both directions. An author's module is run as a registered one would
// be, against a memory and a canon that the request brings along and nobody keeps.

/** What a rehearsed run finds when it asks: named records, in the order in which they were written. */
export const world = z.strictObject({
  memory: z
    .array(
      z.strictObject({
        ref: a.text(128).min(1).optional(),
        text: a.text(49_152).min(1),
        type: z.enum(["episodic", "semantic", "procedural"]).default("episodic"),
        tags: z.array(a.name).max(32).default([]),
      }),
    )
    .max(256)
    .default([]),
  canon: z
    .array(
      z.strictObject({
        ref: a.text(128).min(1).optional(),
        stream: a.identifier,
        title: a.text(256).default(""),
        text: a.text(49_152),
      }),
    )
    .max(256)
    .default([]),
  /** What a language model answers, in the order in which it is asked; where there is none more, none is configured. */
  completions: z.array(a.text(65_536)).max(64).default([]),
});
export type World = z.infer<typeof world>;

/** `files` are those of an unsigned or signed package, as text by path. */
const rehearse = z.strictObject({
  id: a.index,
  do: z.literal("rehearse"),
  files: z.record(a.text(128), z.string()),
  input: a.json,
  loa: a.loa,
  now: a.timestamp,
  world,
});

/** Evaluates an ES module in a guest without any capability and answers what its `run` returns, whatever that is. */
const evaluate = z.strictObject({ id: a.index, do: z.literal("evaluate"), code: z.string() });

export const rehearsalRequest = z.discriminatedUnion("do", [rehearse, evaluate]);
export type RehearsalRequest = z.infer<typeof rehearsalRequest>;

export const rehearsedCall = z.strictObject({
  seq: a.index,
  method: a.text(64),
  args: a.json,
  result: a.json.optional(),
  error: z.strictObject({ code: a.text(64), detail: a.text(2_000) }).optional(),
  ms: z.number().min(0),
});

/** What came of one rehearsed run: as much of the answer of a real one as does not need a record. */
export const rehearsal = z.strictObject({
  status: runStatus,
  code: a.code.optional(),
  verdict,
  moduleVerdict: verdict.nullable(),
  reasons: z.array(reason).max(64),
  output: ruleZeroOutput,
  calls: z.array(rehearsedCall).max(64),
  usage,
  /** Whether the same calls gave the same output once more; why not, if not. */
  replay: z.strictObject({ same: z.boolean(), detail: a.text(2_000).nullable() }),
});
export type Rehearsal = z.infer<typeof rehearsal>;

export const rehearsalAnswer = z.union([
  z.strictObject({ id: a.index, rehearsal }),
  z.strictObject({ id: a.index, value: a.json }),
  z.strictObject({
    id: a.index,
    error: z.strictObject({ code: a.code, message: a.text(8_000), remedy: a.text(2_000) }),
  }),
]);
export type RehearsalAnswer = z.infer<typeof rehearsalAnswer>;
