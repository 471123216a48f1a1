import { compareLoa } from "@sigil/policy";
import { WireError } from "@sigil/wire";
import type { Command } from "../domain/command.ts";
import type { Door } from "../domain/door.ts";
import type { Needs } from "../domain/needs.ts";
import { recordedLicences, successorCommand } from "../domain/recorded-licences.ts";

/**
 * `sigil issuer rotate`: another key to sign licences with, signed over by the one before. Licences of that one stay good
 * until it is retired.
 */
export function issuerRotate({
  withDoor,
  issuerVault,
  now,
}: Pick<Needs, "withDoor" | "issuerVault" | "now">): Command {
  return {
    path: "issuer rotate",
    action: "issuer.change",
    group: "Administer",
    summary: "put another key in the place of the one that signs licences",
    run: (input) =>
      withDoor(input.settings, "issuer.change", async (door) => {
        const vault = issuerVault(input.settings);
        const body = vault.next();
        const { kid } = body.statement;
        await door.call("sigilderg POST /v1/issuers", { body }).catch((error: unknown) => {
          // An interrupted rotation that was recorded is brought to its end here.
          if (!(error instanceof WireError && error.problem?.code === "issuer-known")) throw error;
        });
        const index = await leafOf(door, kid);
        vault.settle(kid, index);
        const successors = await successorsOf(vault.kid, door, now());
        return {
          json: { kid, before: vault.kid, index, successors: successors ?? null },
          text: (style) => [
            `${style.good("rotated")}  ${kid} signs licences from now on (leaf ${index})`,
            `Licences of ${vault.kid} stay good until it is retired. Each that is needed gets a successor, your own too,`,
            "and one that is bound to a client key its --bind-key:",
            ...(successors ?? ["sigil license issue … (`sigil license list` shows whose)"]).map(
              (command) => `  ${command}`,
            ),
            "Then, under the new Root licence:",
            `  sigil issuer retire ${vault.kid} --reason rotation`,
          ],
        };
      }),
  };
}

/** What issues a successor to each licence of an issuer that counts now; undefined where this licence may not list them. */
async function successorsOf(issuer: string, door: Door, now: Date): Promise<string[] | undefined> {
  try {
    const counting = (await recordedLicences(door))
      .filter((licence) => licence.issuer === issuer && licence.state === "current")
      .toSorted((a, b) => compareLoa(a.loa, b.loa));
    // One each, of the highest level: a principal's newest licence supersedes the others. Root last, because the one that issues
    // the others is superseded by its own successor.
    return [...new Map(counting.map((licence) => [licence.sub, licence])).values()]
      .toSorted((a, b) => compareLoa(a.loa, b.loa))
      .map((licence) => successorCommand(licence, now));
  } catch (error) {
    // The rotation is done; what is only advice must not make it look failed.
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Where the record of an issuer landed. */
async function leafOf(door: Door, kid: string): Promise<number> {
  const { body } = await door.call("sigilderg GET /v1/canon", {
    query: { kind: "issuer.change", limit: 200 },
  });
  const found = body.records.find(({ signed }) => {
    const { statement } = signed.record.payload;
    return (statement as { kid?: unknown } | undefined)?.kid === kid;
  });
  return found?.index ?? 0;
}
