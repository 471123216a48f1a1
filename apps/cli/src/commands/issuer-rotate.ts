import { WireError } from "@sigil/wire";
import type { Command } from "../domain/command.ts";
import type { Door } from "../domain/door.ts";
import type { Needs } from "../domain/needs.ts";

/**
 * `sigil issuer rotate`: another key to sign licences with, signed over by the one before. Licences of that one stay good
 * until it is retired.
 */
export function issuerRotate({ withDoor, issuerVault }: Pick<Needs, "withDoor" | "issuerVault">): Command {
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
        return {
          json: { kid, before: vault.kid, index },
          text: (style) => [
            `${style.good("rotated")}  ${kid} signs licences from now on (leaf ${index})`,
            `Licences of ${vault.kid} stay good. When each has a successor (sigil license issue …):`,
            `  sigil issuer retire ${vault.kid} --reason rotation`,
          ],
        };
      }),
  };
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
