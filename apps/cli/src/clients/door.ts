import type { SigningKey } from "@sigil/crypto";
import { DoorClient } from "@sigil/wire";
import type { Door } from "../domain/door.ts";
import type { Licence } from "../domain/licence-choice.ts";

/** A run may take a minute; its answer is waited for a little longer than MMF allows it. */
const TIMEOUT_MS = 150_000;

/** Hands `use` a door to `url` under `licence`, sealed with the client key if one is given, and closes its connections whatever happens. */
export async function withDoorAt<T>(
  url: string,
  licence: Licence | undefined,
  signal: AbortSignal,
  use: (door: Door) => Promise<T>,
  clientKey?: SigningKey,
): Promise<T> {
  const client = new DoorClient({
    ...{ baseUrl: url, licence: licence?.token },
    seal:
      licence === undefined || clientKey === undefined
        ? undefined
        : { key: clientKey, principal: licence.claims.sub },
  });
  try {
    return await use({
      url,
      licence:
        licence === undefined
          ? undefined
          : { name: licence.name, principal: licence.claims.sub, token: licence.token },
      stream: (id, input) => client.stream(id, { signal, ...input }),
      call: (id, input) => client.call(id, { timeoutMs: TIMEOUT_MS, signal, ...input }),
    });
  } finally {
    await client.close();
  }
}
