import type { LicenceEntry } from "@sigil/wire";
import type { Door } from "./door.ts";

/** Every licence that the log holds, or every one of a principal, and what each is worth now. */
export async function recordedLicences(door: Door, principal?: string): Promise<LicenceEntry[]> {
  const licences: LicenceEntry[] = [];
  let after: string | undefined;
  do {
    const { body } = await door.call("sigilderg GET /v1/licences", {
      query: { limit: 200, principal, after },
    });
    licences.push(...body.licences);
    after = body.next ?? undefined;
  } while (after !== undefined);
  return licences;
}

const DAY = 86_400;

/**
 * The command that issues the successor of a licence: its principal, level and scope, to its end in whole days. The log does not
 * say to which client key a licence is bound, so `--bind-key` is whoever issues it's to add.
 */
export function successorCommand({ sub, loa, scope, exp }: LicenceEntry, now: Date): string {
  const whole = scope.length === 1 && scope[0] === "*";
  const days = Math.min(3650, Math.max(1, Math.ceil((exp - now.getTime() / 1000) / DAY)));
  return [
    `sigil license issue --principal ${sub} --loa ${loa}`,
    ...(whole ? [] : scope.map((pattern) => `--scope '${pattern}'`)),
    `--days ${days}`,
  ].join(" ");
}
