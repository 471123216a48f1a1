import type { Command } from "../domain/command.ts";
import type { Needs } from "../domain/needs.ts";
import { table } from "../domain/table.ts";

/** `sigil key status`: how many keys of records hang on each key-encryption key, and how many more may. */
export function keyStatus({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "key status",
    action: "metrics.read",
    group: "Administer",
    summary: "key-encryption keys of the store: what hangs on each, and AES-GCM's limit",
    run: (input) =>
      withDoor(input.settings, "metrics.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/keys");
        return {
          json: body,
          text: (style) => [
            ...table([
              ["KEK", "CREATED", "STATE", "KEYS UNDER IT", "WRAPPED SO FAR"].map(style.dim),
              ...body.keks.map(({ id, createdAt, active, live, wraps }) => [
                id,
                createdAt,
                active ? style.good("active") : style.warn("being replaced"),
                String(live),
                `${wraps} of ${body.limit}`,
              ]),
            ]),
            ...(body.rotating ? [style.dim("a rotation is under way")] : []),
          ],
        };
      }),
  };
}
