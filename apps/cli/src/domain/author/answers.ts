import { atoms } from "@sigil/wire";
import { z } from "zod";

const text = z.string();
const moduleNamed = { id: atoms.name, version: atoms.semver, digest: atoms.sha256Ref };

/** What the author's commands print with --json. */
export const MADE = z.strictObject({ folder: text, files: z.array(text) });

export const BUILT = z.strictObject({
  ...moduleNamed,
  folder: text,
  files: z.array(text),
  packages: z.array(text),
});

/** `answer` holds `rehearsal` (verdict, output, calls, usage, replay) or `error`: `rehearsalAnswer` of packages/wire. */
const caseResult = { name: text, problems: z.array(text), answer: z.looseObject({ id: z.int() }) };

export const TESTED = z.strictObject({
  module: z.strictObject(moduleNamed),
  cases: z.array(z.strictObject({ ...caseResult, file: text })),
  conformance: z.array(
    z.strictObject({
      name: text,
      problem: text.optional(),
      code: atoms.code.optional(),
      cpuMs: z.number().optional(),
    }),
  ),
  failed: z.int(),
});

export const ROUND = z.union([
  z.strictObject({
    round: z.int(),
    digest: atoms.sha256Ref,
    cases: z.array(z.strictObject(caseResult)),
    failed: z.int(),
  }),
  z.strictObject({
    round: z.int(),
    error: z.strictObject({ code: text, message: text, remedy: text }),
  }),
]);

export const SIGNED = z.strictObject({
  ...moduleNamed,
  folder: text,
  publisher: atoms.kid,
  publicKey: atoms.bytes32,
});
