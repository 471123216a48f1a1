import { compareLoa } from "@sigil/policy";
import type { LicenceEntry } from "@sigil/wire";
import { type Command, invalid } from "../../domain/command.ts";
import { CliError } from "../../domain/error.ts";
import type { Needs } from "../../domain/needs.ts";
import { requireMay } from "../../domain/quorum/may.ts";
import { proofFor } from "../../domain/quorum/proof.ts";
import { recordedLicences } from "../../domain/recorded-licences.ts";
import type { Style } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

type Wanted = Pick<Needs, "withDoor" | "readText" | "runtimeOf" | "answer" | "tell">;
const SENTENCE = "enter quorum";

/**
 * `sigil quorum enter <proof>…`: the ceremony. From then on every row of the table with a quorum needs the witnesses, and no
 * command, no licence and no restore leads back; so it says that and asks, once.
 */
export function quorumEnter({ withDoor, readText, runtimeOf, answer, tell }: Wanted): Command {
  return {
    path: "quorum enter",
    action: "quorum.enter",
    group: "Govern",
    summary: "enrol the first witnesses: from then on changes need them, and there is no way back",
    arguments: [
      { usage: "<proofs...>", summary: "proof files of at least three witnesses of distinct people" },
    ],
    options: [{ flags: "--yes", summary: "do it without a question; there is no way back" }],
    examples: ["quorum enter bea.key.proof.json cy.key.proof.json dan.key.proof.json"],
    answer: "sigilderg POST /v1/quorum",
    async run(input) {
      const runtimeId = runtimeOf(input.settings);
      const paths = input.rest("proofs");
      const proofs = paths.map((path) => proofFor(path, readText, runtimeId, "first"));
      if (proofs.length < 3)
        throw invalid(
          `${proofs.length} witnesses; a quorum begins with at least 3, so that one may be missing`,
          "Each draws a key: sigil witness key --id w-bea --principal bea --out bea.key",
        );
      const witnesses = proofs.map(({ witness }) => witness);
      return withDoor(input.settings, "quorum.enter", async (door) => {
        await requireMay(door, "quorum.enter");
        const licensed = await recordedLicences(door);
        for (const { statement } of witnesses) requireLicensed(statement, licensed);
        tell((style) => beforeLines(witnesses, style));
        if (!input.flag("yes")) await confirm(answer);
        const { body } = await door.call("sigilderg POST /v1/quorum", { body: { witnesses } });
        return {
          json: body,
          text: (style) => [
            `${style.good("entered")}  this runtime is in quorum mode, for good`,
            ...table(
              [
                ["record", `${body.ceremony.id} at leaf ${body.ceremony.index}`],
                ["pinned as", body.ceremony.hash],
                ["decision", body.decision],
              ],
              "  ",
            ),
            "Give everybody who verifies your bundles the trust file again: sigil canon trust",
            "What others must agree to is now proposed by the same commands as before: sigil proposal list",
          ],
        };
      });
    },
  };
}

function beforeLines(
  witnesses: readonly { readonly statement: { id: string; principal: string; kid: string } }[],
  style: Style,
): string[] {
  return [
    style.bold("These become the witnesses of this runtime:"),
    ...table(
      witnesses.map(({ statement: { id, principal, kid } }) => [id, principal, kid]),
      "  ",
    ),
    "From then on a change of the action table, of trust, settings, modules, issuers, client keys, witnesses or the log policy,",
    "the end of a lockdown, an erasure and a licence of Mentor or Root happen only when enough of them agree.",
    style.warn(
      "There is no way back to one person, by no licence and no backup. Who proposed does not count.",
    ),
    "",
  ];
}

/** Whoever cannot attest on the first day never can: a licence of Mentor needs others from then on. */
function requireLicensed(
  { id, principal }: { readonly id: string; readonly principal: string },
  licences: readonly LicenceEntry[],
): void {
  const able = licences.some(
    ({ sub, loa, state }) => sub === principal && state === "current" && compareLoa(loa, "Mentor") >= 0,
  );
  if (able) return;
  throw new CliError(
    "witness-unlicensed",
    `${principal} has no licence of Mentor or above, so nobody could hand in what ${id} signs`,
    `Issue one now, while one person may: sigil license issue --principal ${principal} --loa Mentor --out ${principal}.jwt`,
  );
}

async function confirm(answer: Wanted["answer"]): Promise<void> {
  const said = await answer(`Type "${SENTENCE}" to go on: `);
  if (said === SENTENCE) return;
  throw said === undefined
    ? new CliError(
        "confirmation-missing",
        "there is no way back from quorum mode, and nobody is at the terminal to say that it is wanted",
        "A script says so with --yes.",
      )
    : new CliError("not-confirmed", "nothing was changed", `Type "${SENTENCE}" to go on.`);
}
