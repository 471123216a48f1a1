import type { Json } from "@sigil/canon";
import { z } from "zod";
import { ProblemError } from "./problem/error.ts";

const anyJson = z.custom<Json>((value) => value !== undefined, "a JSON value");
const tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "[a-z0-9][a-z0-9._-]{0,63}");
const type = z.enum(["episodic", "semantic", "procedural"]);

/** What each host call takes. A module's arguments are foreign input: unknown fields are refused. */
const ARGUMENTS = {
  "memory.write": z.strictObject({
    text: z.string().min(1).max(49_152),
    type: type.default("episodic"),
    tags: z.array(tag).max(32).default([]),
  }),
  "memory.list": z.strictObject({
    limit: z.int().min(1).max(100).default(20),
    tag: tag.optional(),
    type: type.optional(),
  }),
  "canon.read": z.union([
    z.strictObject({ stream: z.string().min(1).max(128) }),
    z.strictObject({ id: z.string().min(1).max(64) }),
  ]),
  "llm.complete": z.strictObject({
    endpoint: z.string().min(1).max(64).optional(),
    messages: z
      .array(
        z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string().max(49_152) }),
      )
      .min(1)
      .max(64),
    maxTokens: z.int().min(1).max(32_768).optional(),
    temperature: z.number().min(0).max(2).optional(),
    seed: z.int().min(0).optional(),
    stop: z.array(z.string().min(1).max(64)).max(4).optional(),
    json: z.boolean().default(false),
  }),
  "interaction.log": z.strictObject({ entry: anyJson }),
  "audit.emit": z.strictObject({ claim: anyJson }),
} as const;

export type HostCall = keyof typeof ARGUMENTS;
export type HostArguments = { readonly [Call in HostCall]: z.output<(typeof ARGUMENTS)[Call]> };

/** @throws ProblemError `host-call-invalid` naming each field */
export function parseHostArguments<Call extends HostCall>(call: Call, args: unknown): HostArguments[Call] {
  const parsed = ARGUMENTS[call].safeParse(args ?? {});
  if (parsed.success) return parsed.data as HostArguments[Call];
  const missing = parsed.error.issues.map((issue) => `$.args.${issue.path.join(".")}: ${issue.message}`);
  throw new ProblemError("host-call-invalid", `${call}: ${missing[0] ?? "invalid arguments"}`, { missing });
}
