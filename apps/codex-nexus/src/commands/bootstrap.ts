import { checkDraft, parseJson, type RecordDraft } from "@sigil/canon";
import { WireError } from "@sigil/wire";
import { type Bootstrapped, bootstrapRefusal, bootstrapStore } from "../domain/bootstrap.ts";
import { StoreError } from "../domain/error.ts";

const INPUT_LIMITS = { maxBytes: 16 * 1024 * 1024, maxDepth: 40 };

type Ground = Parameters<typeof bootstrapStore>[1];

/**
 * `bootstrap`: reads `{genesis, records}` from `input`, writes the first records of an empty store and answers what they
 * came to. Throws `bootstrap-invalid` or `store-not-empty`; nothing is written then.
 */
export async function bootstrapCommand(input: Uint8Array, ground: Ground): Promise<Bootstrapped> {
  try {
    return await bootstrapStore(readInput(input), ground);
  } catch (error) {
    if (error instanceof WireError) throw invalid(`${error.code}: ${error.message}`, error);
    throw bootstrapRefusal(error);
  }
}

function readInput(input: Uint8Array): { genesis: RecordDraft["payload"]; records: RecordDraft[] } {
  try {
    const value = parseJson(input, INPUT_LIMITS);
    const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
    const { genesis, records, ...rest } = fields;
    const object = typeof genesis === "object" && genesis !== null && !Array.isArray(genesis);
    if (!object || !Array.isArray(records) || Object.keys(rest).length > 0) {
      throw invalid("standard input must be {genesis: {…}, records: […]} and nothing else");
    }
    return { genesis, records: records.map((record) => checkDraft(record)) };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw invalid(error instanceof Error ? error.message : "standard input is not JSON", error);
  }
}

function invalid(message: string, cause?: unknown): StoreError {
  return new StoreError("bootstrap-invalid", message, {
    cause,
    remedy: "`sigil start` bootstraps a home; this command is its second half.",
  });
}
