import type { Command } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";

/** `sigil key rotate kek`: a new key-encryption key for the store, beside everything that goes on. */
export function keyRotate({ withDoor, say }: Pick<Needs, "withDoor" | "say">): Command {
  return {
    path: "key rotate",
    action: "key.rotate",
    group: "Administer",
    summary: "rotate a key of the store; kek wraps the keys of all records anew, online",
    arguments: [{ usage: "<key>", summary: "kek", choices: ["kek"] }],
    options: [
      { flags: "--wait", summary: "answer when every key is wrapped anew and the old one is destroyed" },
    ],
    run: (input) =>
      withDoor(input.settings, "key.rotate", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/keys/rotations", { body: { key: "kek" } });
        while (input.flag("wait")) {
          const { rotating, keks } = (await door.call("sigilderg GET /v1/keys")).body;
          const left = keks.reduce((sum, { active, live }) => sum + (active ? 0 : live), 0);
          say(`${left} keys are still wrapped under an older key`);
          if (!rotating) break;
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
        return {
          json: body,
          text: (style) => [
            `${style.good("rotated")}  new records are sealed under ${body.kek}`,
            style.dim("`sigil key status` shows how many keys are left under older ones."),
          ],
        };
      }),
  };
}
