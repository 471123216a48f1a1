import { compareLoa, LOA } from "@sigil/policy";
import { WireError } from "@sigil/wire";
import { LICENCE } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil license show [licence]`: what a licence says, and what the runtime says to it. The token is not printed. */
export function licenseShow({ withDoor, licenceFor }: Pick<Needs, "withDoor" | "licenceFor">): Command {
  return {
    path: "license show",
    action: "license.validate",
    group: "Give access",
    summary: "show a licence's claims, and whether the running Sigil accepts it",
    arguments: [
      { usage: "[licence]", summary: "name in the home's licences, or a file (default: the least one)" },
    ],
    options: [
      { flags: "--key <file>", summary: "the client key that the licence is bound to, a PEM or sealed file" },
    ],
    examples: ["license show", "license show root"],
    answer: LICENCE,
    async run(input) {
      const settings = {
        ...input.settings,
        licence: input.argumentOr("licence") ?? input.settings.licence,
        clientKey: input.option("key") ?? input.settings.clientKey,
      };
      const licence = licenceFor(settings, "license.validate");
      const door = await withDoor(settings, "license.validate", (open) =>
        open.call("sigilderg GET /v1/licence"),
      ).then(
        ({ body }) => ({ verdict: "accepted" as const, effective: body.effective }),
        (error: unknown) => {
          if (!(error instanceof WireError)) throw error;
          if (error.code === "door-refused")
            return { verdict: "refused" as const, code: error.problem?.code };
          if (error.code === "door-unreachable") return { verdict: "unknown" as const, code: error.code };
          throw error;
        },
      );
      const claims = licence?.claims;
      const time = (seconds: number | undefined) => new Date((seconds ?? 0) * 1000).toISOString();
      return {
        json: { name: licence?.name, claims, door },
        text: (style) => [
          `${style.bold(licence?.name ?? "")}  ${
            door.verdict === "accepted"
              ? style.good("accepted")
              : door.verdict === "refused"
                ? style.bad("refused by the runtime")
                : style.warn("not checked: Sigil is not running")
          }`,
          ...table(
            [
              ["principal", claims?.sub ?? ""],
              ["level", `${claims?.loa} (of ${LOA.toSorted(compareLoa).join(" < ")})`],
              ["scope", claims?.scope.join(" ") ?? ""],
              ["valid", `${time(claims?.nbf)} to ${time(claims?.exp)}`],
              ["serial", String(claims?.serial)],
              ["id", claims?.jti ?? ""],
            ],
            "  ",
          ),
        ],
        exit:
          door.verdict === "accepted"
            ? EXIT.done
            : door.verdict === "refused"
              ? EXIT.refused
              : EXIT.unreachable,
      };
    },
  };
}
