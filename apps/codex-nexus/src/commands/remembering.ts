import type { CanonRecord } from "@sigil/canon";
import type { Remembered } from "../domain/restore.ts";
import { governingAfter } from "./governing.ts";
import { exportedEntries, type RememberingGround, walkStore } from "./sources.ts";

type Payload = CanonRecord["payload"];

/**
 * What a restore must not forget, by kind: what destroys, and what takes a right away. Rights that were given stay lost;
 * so of a client key that took another's place is left that the other one ended.
 */
const REMEMBERED: Readonly<Record<string, (payload: Payload) => Payload | undefined>> = {
  "record.erased": (payload) => payload,
  "license.revoke": (payload) => payload,
  "client-key.change": (payload) =>
    payload.change === "revoke" ? payload : payload.change === "rotate" ? replaced(payload) : undefined,
  "issuer.change": (payload) => (payload.change === "retire" ? payload : undefined),
  "publisher.change": (payload) => (payload.change === "revoke" ? payload : undefined),
};

/** Licences are read to say which ones count again. */
const ISSUED = "license.issue";
const WANTED: ReadonlySet<string> = new Set([...Object.keys(REMEMBERED), ISSUED]);
/** Licences that are named; `unknown` holds 16 lines. */
const NAMED = 8;

function replaced({ principal = null, kid, replaces = null, mode = null, ts = null }: Payload): Payload {
  const reason = `replaced by ${String(kid)}, whose enrolment a restore lost`;
  return { change: "revoke", principal, kid: replaces, reason, mode, ts };
}

/**
 * What came after a backup of `size` records and must not be forgotten, from the store that is there and from exports;
 * and, as sentences, what a restore cannot know. `anchored` is how many records the anchor knows.
 */
export async function remember(
  ground: RememberingGround,
  size: number,
  anchored: number | undefined,
): Promise<{ remembered: Remembered; unknown: string[] }> {
  const found = new Map<string, CanonRecord>();
  const unknown: string[] = [];
  for (const record of exported(ground)) found.set(record.id, record);
  const read = await fromStore(ground, ground.database, size, found);
  if (read !== undefined) {
    if (!read)
      unknown.push(
        "The store that was there could not be read whole; what it held after the backup is not known.",
      );
  } else if (anchored === undefined || anchored > size) {
    unknown.push(
      "No store was there: erasures, revocations and licences from after the backup are known only from exports.",
    );
  }
  if (anchored === undefined) {
    unknown.push("No anchor was found: how many records came after the backup is not known.");
  } else if (anchored > size) {
    unknown.push(
      `${anchored - size} records came after the backup; memory, runs and licences among them are not in this store.`,
    );
  }
  const given = [...found.values()].flatMap((record) => {
    const payload = REMEMBERED[record.kind]?.(record.payload);
    return payload === undefined ? [] : [{ ...record, payload }];
  });
  const held = await licencesOf(ground);
  const retired = given.filter(({ kind }) => kind === "issuer.change");
  const safe = retired.length === 0 || outlives(held, retired);
  if (!safe) {
    unknown.push(
      `${retired.length} issuers were retired after the backup, and no Root licence in it is of another: retire them again before lockdown is left.`,
    );
  }
  unknown.push(...countingAgain(held, [...found.values()]));
  const governing = await governingAfter(ground, size);
  if (governing.lost) unknown.push(governing.lost);
  const all = safe ? given : given.filter(({ kind }) => kind !== "issuer.change");
  const [erasures, revocations] = [true, false].map((erased) =>
    all.filter(({ kind }) => (kind === "record.erased") === erased),
  ) as [CanonRecord[], CanonRecord[]];
  return { remembered: { erasures, revocations, governing: governing.records }, unknown };
}

/** The licences that the backup holds. */
async function licencesOf(ground: RememberingGround): Promise<readonly Payload[]> {
  const held = new Map<string, CanonRecord>();
  await fromStore(ground, ground.file, 0, held, new Set([ISSUED]));
  return [...held.values()].map(({ payload }) => payload);
}

/**
 * Whether a Root can still act when these issuers are retired: the backup has a Root licence of another. Otherwise nobody
 * could ever leave the lockdown in which a restored store starts.
 */
function outlives(held: readonly Payload[], retired: readonly CanonRecord[]): boolean {
  const gone = new Set(retired.map(({ payload }) => payload.kid));
  return held.some(({ loa, issuer }) => loa === "Root" && !gone.has(issuer));
}

/**
 * The licences of the backup that a later one of their principal had replaced, by name: the later one is lost, so they
 * count again. They are not revoked here, because among them may be the one under which a Root leaves lockdown.
 */
function countingAgain(held: readonly Payload[], found: readonly CanonRecord[]): string[] {
  const revoked = new Set(
    found.filter(({ kind }) => kind === "license.revoke").map(({ payload }) => payload.jti),
  );
  const newest = new Map<unknown, number>();
  for (const { kind, payload } of found)
    if (kind === ISSUED)
      newest.set(payload.sub, Math.max(Number(payload.serial), newest.get(payload.sub) ?? 0));
  const highest = new Map<unknown, Payload>();
  for (const licence of held)
    if (Number(licence.serial) > Number(highest.get(licence.sub)?.serial ?? -1))
      highest.set(licence.sub, licence);
  const again = [...highest.values()].filter(
    ({ sub, serial, jti }) => Number(serial) < (newest.get(sub) ?? -1) && !revoked.has(jti),
  );
  const named = again
    .slice(0, NAMED)
    .map(
      ({ jti, sub, loa }) =>
        `Licence ${jti} of ${sub} (${loa}) counts again: the one that had replaced it is lost. Revoke it unless it may.`,
    );
  return again.length > NAMED
    ? [...named, `${again.length - NAMED} more licences count again; \`sigil license list\` shows them.`]
    : named;
}

function exported(ground: RememberingGround): CanonRecord[] {
  return exportedEntries(ground).flatMap(({ record }) => (WANTED.has(record.kind) ? [record] : []));
}

/** Adds what verifies; false when something after `size` could not be read, undefined when there is no store. */
function fromStore(
  ground: RememberingGround,
  database: string,
  size: number,
  found: Map<string, CanonRecord>,
  wanted: ReadonlySet<string> = WANTED,
): Promise<boolean | undefined> {
  return walkStore(ground, database, size, wanted, (record) => found.set(record.id, record));
}
