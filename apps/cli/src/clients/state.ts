import { request } from "undici";
import type { ServiceState } from "../domain/needs.ts";

/** What a service says of itself to anybody: /readyz and /version. Never throws. */
export async function stateOf(url: string): Promise<ServiceState> {
  try {
    const [ready, version] = await Promise.all([get(`${url}/readyz`), get(`${url}/version`)]);
    const body = ready.body as { ready?: boolean; reasons?: { code: string; detail: string }[] };
    return {
      reachable: true,
      ready: ready.status === 200,
      reasons: (body.reasons ?? []).map(({ code, detail }) => `${code}: ${detail}`),
      version: (version.body as { version?: string }).version,
    };
  } catch {
    return { reachable: false, ready: false, reasons: [], version: undefined };
  }
}

async function get(url: string): Promise<{ status: number; body: unknown }> {
  const { statusCode, body } = await request(url, { headersTimeout: 2000, bodyTimeout: 2000, reset: true });
  const text = await body.text();
  return { status: statusCode, body: JSON.parse(text) };
}
