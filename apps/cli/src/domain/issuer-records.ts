import type { Door } from "./door.ts";

/** How an issuer key stands in the log; undefined for one that it does not know. */
export async function issuerState(door: Door, kid: string): Promise<string | undefined> {
  const { body } = await door.call("sigilderg GET /v1/issuers");
  return body.issuers.find((issuer) => issuer.kid === kid)?.state;
}

/** The leaf of the record that brought an issuer key, or ended it; 0 where none is found. */
export async function issuerLeaf(door: Door, change: "rotate" | "retire", kid: string): Promise<number> {
  const { body } = await door.call("sigilderg GET /v1/canon", {
    query: { kind: "issuer.change", limit: 200 },
  });
  const found = body.records.find(({ signed }) => {
    const payload = signed.record.payload as {
      change?: unknown;
      kid?: unknown;
      statement?: { kid?: unknown };
    };
    return payload.change === change && (payload.kid ?? payload.statement?.kid) === kid;
  });
  return found?.index ?? 0;
}
