import type { JsonObject } from "@sigil/canon";
import type { RequestInputOf } from "@sigil/wire";
import { type Command, type Input, invalid } from "../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../domain/govern.ts";
import type { Needs } from "../domain/needs.ts";

/** `sigil config change <key=value>…`: settings that hold while everything runs, over file, environment and flags. */
export function configChange({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "config change",
    action: "config.change",
    group: "Govern",
    summary:
      "set what may change while everything runs, or what an earlier version set; in quorum mode propose it",
    arguments: [
      { usage: "[settings...]", summary: "section.key=value; `sigil config show --running` lists them" },
    ],
    options: [
      { flags: "--unset <key>", summary: "as it was at the start again", repeat: true },
      { flags: "--revert <version>", summary: "the version whose settings come back" },
      ...GOVERNING,
    ],
    async run(input) {
      const reason = reasonOf(input);
      const request = await wanted(input, () =>
        withDoor(
          input.settings,
          "config.read",
          async (door) => (await door.call("sigilderg GET /v1/config")).body.values,
        ),
      );
      return govern(withDoor, input, {
        action: "config.change",
        request,
        async alone(door) {
          const body = { ...request, reason } as RequestInputOf<"sigilderg POST /v1/config">;
          const made = (await door.call("sigilderg POST /v1/config", { body })).body;
          return {
            json: made,
            text: (style) => [
              `${style.good("in force")}  the settings of version ${made.version}, record ${made.record} (solo: one person decided)`,
              `What holds now: sigil config show --running. Back again: sigil config change --revert ${made.version - 1} --reason …`,
            ],
          };
        },
      });
    },
  };
}

/** The whole of what records shall set: what they set now, with what the words change of it. */
async function wanted(input: Input, present: () => Promise<JsonObject>): Promise<JsonObject> {
  const words = input.rest("settings");
  const unset = input.repeated("unset");
  const revert = input.count("revert", 0, Number.MAX_SAFE_INTEGER);
  if ((revert === undefined) === (words.length + unset.length === 0))
    throw invalid(
      "a change names settings, or says which version comes back",
      "Such as sigilderg.rate_read=5000, --unset sigilderg.rate_read, or --revert <version>.",
    );
  if (revert !== undefined) return { revert };
  const values: Record<string, JsonObject[string]> = { ...(await present()) };
  for (const key of unset) delete values[key];
  for (const word of words) {
    const [, key = "", text = ""] = /^([^=]+)=(.*)$/.exec(word) ?? [];
    if (key === "") throw invalid(`${JSON.stringify(word)} is no setting`, "Write section.key=value.");
    values[key] = /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  }
  return { values };
}
