import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil key status`: what hangs on each key of the store, and how much more may. */
export function keyStatus({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "key status",
    action: "metrics.read",
    group: "Administer",
    summary:
      "keys of the store: what hangs on each, AES-GCM's limit, and the leaves that each signing key has",
    examples: ["key status"],
    answer: "sigilderg GET /v1/keys",
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
            "",
            ...table([
              ["SIGNS", "KEY ID", "STATE", "FIRST LEAF", "LAST LEAF", "LEAVES"].map(style.dim),
              ...body.signing.map(({ role, kid, from, to, leaves }) => [
                role === "log" ? "checkpoints" : "records",
                kid,
                to === null ? style.good("active") : "replaced",
                String(from),
                to === null ? "" : String(to - 1),
                String(leaves),
              ]),
            ]),
            "",
            `for witnesses and auditors  ${body.verifierKey}`,
            ...(body.rotating ? [style.dim("a rotation is under way")] : []),
          ],
        };
      }),
  };
}
