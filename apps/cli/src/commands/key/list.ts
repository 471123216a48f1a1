import { KEYS } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil key list`: the clear headers of the sealed key files. No secret is read. */
export function keyList({ keys }: Pick<Needs, "keys">): Command {
  return {
    path: "key list",
    action: "local.run",
    group: "Administer",
    summary: "list the keys of this home by their clear headers; opens none",
    examples: ["key list"],
    answer: KEYS,
    async run(input) {
      const rows = keys(input.settings);
      const sound = rows.every(({ problem }) => problem === null);
      return {
        json: { keys: rows },
        text: (style) =>
          table([
            ["OWNER", "PURPOSE", "KEY ID", "CREATED", "SEALED WITH", ""].map(style.dim),
            ...rows.map(({ owner, purpose, kid, createdAt, sealedWith, problem }) => [
              owner,
              purpose,
              kid ?? "(symmetric)",
              createdAt ?? "",
              sealedWith ?? "",
              problem === null ? "" : style.bad(problem),
            ]),
          ]),
        exit: sound ? EXIT.done : EXIT.refused,
      };
    },
  };
}
