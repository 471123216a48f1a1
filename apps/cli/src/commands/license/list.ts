import type { LicenceEntry } from "@sigil/wire";
import { LICENCES } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { recordedLicences } from "../../domain/recorded-licences.ts";
import { printable, type Style } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

/** `sigil license list`: every licence that the log holds, and what it is worth now. */
export function licenseList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "license list",
    action: "license.read",
    group: "Give access",
    summary: "list the recorded licences and whether each still counts",
    options: [{ flags: "--principal <name>", summary: "only those of one principal" }],
    examples: ["license list --principal ada"],
    answer: LICENCES,
    run: (input) =>
      withDoor(input.settings, "license.read", async (door) => {
        const licences = await recordedLicences(door, input.option("principal"));
        return { json: { licences }, text: (style) => lines(licences, style) };
      }),
  };
}

function lines(licences: readonly LicenceEntry[], style: Style): string[] {
  if (licences.length === 0) return ["no licence is recorded"];
  return table(
    licences.map(({ jti, sub, loa, serial, exp, scope, state, reason }) => [
      state === "current" ? style.good(state) : style.dim(state),
      sub,
      loa,
      `serial ${serial}`,
      `until ${new Date(exp * 1000).toISOString().slice(0, 10)}`,
      jti,
      reason === undefined ? scope.join(" ") : printable(reason),
    ]),
  );
}
