import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

const KEYS = ["kek", "record", "log"] as const;
type RotatedKey = (typeof KEYS)[number];

/** `sigil key rotate <key>`: another key for the store, beside everything that goes on. */
export function keyRotate({ withDoor, say }: Pick<Needs, "withDoor" | "say">): Command {
  return {
    path: "key rotate",
    action: "key.rotate",
    group: "Administer",
    summary:
      "rotate a key of the store, online: kek wraps all record keys anew; record and log sign from then on",
    arguments: [{ usage: "<key>", summary: "kek, record or log", choices: [...KEYS] }],
    options: [
      { flags: "--wait", summary: "kek: answer when every key is wrapped anew and the old one is destroyed" },
    ],
    examples: ["key rotate kek --wait", "key rotate record"],
    answer: "sigilderg POST /v1/keys/rotations",
    run: (input) =>
      withDoor(input.settings, "key.rotate", async (door) => {
        const key = input.argument("key") as RotatedKey;
        const { body } = await door.call("sigilderg POST /v1/keys/rotations", { body: { key } });
        while (body.key === "kek" && input.flag("wait")) {
          const { rotating, keks } = (await door.call("sigilderg GET /v1/keys")).body;
          const left = keks.reduce((sum, { active, live }) => sum + (active ? 0 : live), 0);
          say(`${left} keys are still wrapped under an older key`);
          if (!rotating) break;
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        return {
          json: body,
          text: (style) =>
            body.key === "kek"
              ? [
                  `${style.good("rotated")}  new records are sealed under ${body.kek}`,
                  style.dim("`sigil key status` shows how many keys are left under older ones."),
                ]
              : [
                  `${style.good("rotated")}  ${body.key} key ${body.kid} signs from leaf ${body.from} on`,
                  `recorded as ${body.record}; the key before it signs nothing any more`,
                  style.dim("Give `sigil canon trust` to whoever verifies bundles of this runtime."),
                ],
        };
      }),
  };
}
