import type { SigningKey } from "@sigil/crypto";
import { DoorClient, WireError } from "@sigil/wire";
import type { Door } from "../domain/door.ts";
import type { Licence } from "../domain/licence-choice.ts";
import { foreign, type Met, requireOwn, versionDiffers } from "../domain/met.ts";
import { stateOf } from "./state.ts";

/** A run may take a minute; its answer is waited for a little longer than MMF allows it. */
const TIMEOUT_MS = 90_000;
/** What anybody may ask is answered at once, or nobody is there. */
const MEETING_MS = 5_000;

export interface DoorPlace {
  readonly url: string;
  readonly signal: AbortSignal;
  /** Of this command. */
  readonly version: string;
  /** Who was met there already. */
  readonly met?: Met;
}
export type MetPlace = DoorPlace & { readonly met: Met };

/**
 * Who answers there, asked without a licence. Throws WireError `door-unreachable`, `door-timeout`, CliError `runtime-foreign`;
 * where it is SigilDERG of another version, `runtime-version-differs`.
 */
export async function meet({ url, signal, version }: DoorPlace): Promise<Met> {
  const client = new DoorClient({ baseUrl: url });
  try {
    const { body } = await client.call("sigilderg GET /.well-known/sigil-keys", {
      timeoutMs: MEETING_MS,
      signal,
    });
    return body;
  } catch (error) {
    if (!(error instanceof WireError) || PASSING.has(error.code)) throw error;
    // A door that is not ready yet says so as every service does.
    if (error.problem !== undefined && error.problem.status >= 500) throw error;
    const { version: theirs } = await stateOf(url);
    if (theirs !== undefined && theirs !== version) throw versionDiffers(url, theirs, version, error);
    throw foreign(url, error.message);
  } finally {
    await client.close();
  }
}

const PASSING = new Set(["door-unreachable", "door-timeout", "door-aborted", "door-insecure"]);
/** What a door answers to a request that it does not know, beside an answer that this command does not know. */
const UNKNOWN = new Set([400, 404, 405, 415, 422]);

/**
 * Hands `use` a door under `licence`, sealed with the client key if one is given, and closes its connections whatever happens.
 * The licence is shown to nobody but the runtime that it is bound to.
 */
export async function withDoorAt<T>(
  place: DoorPlace,
  licence: Licence | undefined,
  use: (door: Door) => Promise<T>,
  clientKey?: SigningKey,
): Promise<T> {
  const { url, signal, version } = place;
  if (licence !== undefined) requireOwn(url, place.met ?? (await meet(place)), licence);
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
          : {
              name: licence.name,
              principal: licence.claims.sub,
              loa: licence.claims.loa,
              token: licence.token,
            },
      stream: (id, input) => client.stream(id, { signal, ...input }),
      download: (id, input) => client.download(id, { signal, ...input }),
      call: (id, input) => client.call(id, { timeoutMs: TIMEOUT_MS, signal, ...input }),
    });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (error.code !== "door-response-invalid" && !UNKNOWN.has(error.problem?.status ?? 0)) throw error;
    const { version: theirs } = await stateOf(url);
    throw theirs === undefined || theirs === version ? error : versionDiffers(url, theirs, version, error);
  } finally {
    await client.close();
  }
}
