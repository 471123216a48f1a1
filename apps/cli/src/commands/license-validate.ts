import type { Command } from "../domain/command.ts";
import { EXIT } from "../domain/exit.ts";
import type { Needs } from "../domain/needs.ts";

/** `sigil license validate <file>`: the precise reason for which the door refuses a licence, asked under another one. */
export function licenseValidate({ withDoor, readText }: Pick<Needs, "withDoor" | "readText">): Command {
  return {
    path: "license validate",
    action: "license.validate",
    group: "Administer",
    summary: "say whether the running Sigil accepts a licence, and exactly why not",
    arguments: [{ usage: "<file>", summary: "the licence, a file" }],
    run(input) {
      const licence = readText(input.argument("file")).trim();
      return withDoor(input.settings, "license.validate", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/licences/validation", { body: { licence } });
        return {
          json: body,
          text: (style) =>
            body.valid
              ? [
                  `${style.good("valid")}: ${body.claims.sub} as ${body.claims.loa}, serial ${body.claims.serial}`,
                ]
              : [
                  `${style.bad("not valid")}: ${body.code}`,
                  `  ${body.detail}`,
                  ...(body.code === "licence-possession"
                    ? [`  With its key: sigil license show ${input.argument("file")} --key <file>`]
                    : []),
                ],
          exit: body.valid ? EXIT.done : EXIT.refused,
        };
      });
    },
  };
}
