import { CanonError, parseJson } from "@sigil/canon";
import { type RehearsalAnswer, type RehearsalRequest, rehearsalRequest, WireError } from "@sigil/wire";
import { failedStep } from "@sigil/wire/module-package";
import { z } from "zod";
import { MmfError } from "../domain/error.ts";
import { evaluate, rehearse } from "../domain/rehearsal/rehearse.ts";
import type { Sandbox } from "../domain/sandbox.ts";

/** A line holds a whole package; what it may be is `verifyPackage`'s. */
const LINE_LIMITS = { maxBytes: 32 * 1024 * 1024, maxDepth: 40 };

/**
 * `rehearse`: answers one line of the command's input, a `RehearsalRequest`, with one line of output. Whatever the module
 * does there is an answer; so there is for a package or an input that is refused.
 */
export async function answerRehearsal(line: string, sandbox: Sandbox): Promise<RehearsalAnswer> {
  const request = readRequest(line);
  if ("error" in request) return request;
  const { id } = request;
  try {
    if (request.do === "rehearse") return { id, rehearsal: await rehearse(sandbox, request) };
    const outcome = await evaluate(sandbox, request.code);
    if (outcome.ok) return { id, value: parseJson(outcome.output, LINE_LIMITS) };
    const { code, message } = outcome;
    return {
      id,
      error: { code, message, remedy: "Correct the module at the place that the message names." },
    };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof MmfError) return { id, error: { code: error.code, message, remedy: error.remedy } };
    // What is wrong with a package, and which says what to do about it.
    if (error instanceof WireError && failedStep(error) !== undefined)
      return { id, error: { code: error.code, message, remedy: error.remedy ?? "" } };
    throw error;
  }
}

function readRequest(line: string): RehearsalRequest | Extract<RehearsalAnswer, { error: object }> {
  const refused = (message: string) => ({
    id: 0,
    error: {
      code: "request-invalid",
      message,
      remedy: "Start it through `sigil module test` or `sigil module dev`.",
    },
  });
  try {
    const parsed = rehearsalRequest.safeParse(parseJson(line, LINE_LIMITS));
    return parsed.success ? parsed.data : refused(z.prettifyError(parsed.error));
  } catch (error) {
    if (error instanceof CanonError) return refused(error.message);
    throw error;
  }
}
