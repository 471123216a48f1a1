import type { RecordDraft } from "@sigil/canon";
import { fromBase64, toBase64 } from "@sigil/crypto";
import type { Service } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import type { CodexNexus } from "../domain/nexus.ts";
import { readerLevel } from "./reader-level.ts";

/** `POST /v1/records`, `GET /v1/records/:id`, `POST /v1/records/query`. */
export function recordRoutes(service: Service, nexus: CodexNexus): void {
  service.route("codex-nexus POST /v1/records", async ({ body, log, note, envelope }) => {
    const { records, idempotency, require, known } = body;
    const appended = await nexus
      .append(
        {
          records,
          ...(idempotency === undefined ? {} : { idempotency }),
          ...(require === undefined ? {} : { require }),
        },
        known === undefined ? undefined : { size: known.size, root: fromBase64(known.root) },
      )
      .catch((error: unknown) => {
        const code = error instanceof ProblemError ? error.code : "internal";
        log.warn(
          { result: "refused", code, records: records.map(writtenBy), decisionId: envelope.ctx?.decision },
          "records not written",
        );
        throw error;
      });
    const decisions = new Map(records.map(({ id, author }) => [id, author.decision]));
    note(
      {
        result: appended.replayed ? "replayed" : "signed",
        records: appended.records.map(({ id, index }) => ({ id, index, decision: decisions.get(id) })),
        decisionId: envelope.ctx?.decision,
        replayed: appended.replayed,
      },
      "records appended",
    );
    return {
      status: appended.replayed ? 200 : 201,
      json: {
        records: [...appended.records],
        checkpoint: appended.checkpoint.note,
        size: appended.checkpoint.size,
        consistency: appended.consistency.map(toBase64),
        replayed: appended.replayed,
      },
    };
  });

  service.route("codex-nexus GET /v1/records/:id", async ({ params, envelope }) => ({
    json: await nexus.read(params.id, readerLevel(envelope)),
  }));

  service.route("codex-nexus POST /v1/records/erasable", async ({ body, envelope }) => ({
    json: await nexus.erasable(body, readerLevel(envelope)),
  }));

  service.route("codex-nexus POST /v1/records/query", async ({ body, envelope }) => {
    const { records, next } = await nexus.query(body, readerLevel(envelope));
    return { json: { records: [...records], next } };
  });
}

/** A record as the log names it: never what it says. */
function writtenBy({ id, author }: Pick<RecordDraft, "id" | "author">) {
  return { id, decision: author.decision };
}
