import type { Service } from "@sigil/service";
import { toProblem } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import { type Admitted, authorityOf } from "../domain/admitted.ts";
import { auditDetail, auditOf, listAudit } from "../domain/audit/audit.ts";
import type { AuditEvent } from "../domain/audit/audit-feed.ts";

/** `GET /v1/audit`, `GET /v1/audit/stream`, `GET /v1/audit/:id`. */
export function auditRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  const { store, recent, feed } = plane;

  service.route("sigilderg GET /v1/audit", async ({ admitted, query }) => {
    const { decision, limit, order, ...rest } = query;
    const authority = authorityOf(admitted.made);
    if (decision !== undefined) {
      return { json: { entries: await auditOf(store, decision, recent, authority), next: null } };
    }
    const asked = { ...rest, order: order ?? ("desc" as const), limit: limit ?? 50 };
    const page = await listAudit(store, asked, authority);
    return { json: { entries: [...page.entries], next: page.next } };
  });

  service.route("sigilderg GET /v1/audit/stream", async ({ admitted, query, signal }) => {
    const { after, ...filter } = query;
    const events = await feed.open({
      filter,
      after,
      authority: authorityOf(admitted.made),
      signal: AbortSignal.any([signal, service.stopping]),
      stillGood: admitted.stillGood,
    });
    return { stream: serverSentEvents(events), contentType: "text/event-stream" };
  });

  service.route("sigilderg GET /v1/audit/:id", async ({ admitted, params }) => ({
    json: await auditDetail(store, params.id, recent, authorityOf(admitted.made)),
  }));
}

/**
 * Events as WHATWG HTML section 9.2 writes them: the name, the leaf as id, and one line of JSON. Why a stream ends before its caller does is its last event.
 */
async function* serverSentEvents(events: AsyncGenerator<AuditEvent>): AsyncGenerator<string> {
  try {
    for await (const event of events) yield serverSentEvent(event);
  } catch (error) {
    yield `event: problem\ndata: ${JSON.stringify(toProblem(error))}\n\n`;
  }
}

function serverSentEvent(event: AuditEvent): string {
  if (event.type === "pause") return ": nothing new\n\n";
  if (event.type === "begin") return `event: begin\nid: ${event.index}\ndata: {}\n\n`;
  if (event.type === "waiting") return `event: waiting\ndata: ${JSON.stringify({ code: event.code })}\n\n`;
  const data = event.type === "decision" ? event.entry : event.outcome;
  return `event: ${event.type}\nid: ${event.index}\ndata: ${JSON.stringify(data)}\n\n`;
}
