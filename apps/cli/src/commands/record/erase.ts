import type { ErasureAnswer } from "@sigil/wire";
import { z } from "zod";
import { answerWith } from "../../domain/answer/answer.ts";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { GOVERNING, propose } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { erasureLines } from "../../domain/show/erasure.ts";

const POLL_MS = 300;

/**
 * `sigil record erase <principal>`: destroys the keys of everything of a principal that can be erased; without --yes a
 * preview. With --complete the key-encryption key is rotated and the old one destroyed, so that what may be left of a
 * wrapped key on the disk opens nothing either.
 */
export function recordErase({
  withDoor,
  quorumMode,
  say,
}: Pick<Needs, "withDoor" | "quorumMode" | "say">): Command {
  return {
    path: "record erase",
    action: "record.erase",
    group: "Administer",
    summary:
      "erase everything of a principal for ever; shows what would go unless --yes, in quorum mode proposes it",
    arguments: [{ usage: "<principal>", summary: "whose records" }],
    options: [
      { flags: "--complete", summary: "also rotate the key-encryption key and destroy the old one" },
      { flags: "--yes", summary: "erase; there is no way back" },
      ...GOVERNING,
    ],
    examples: ["record erase ada", "record erase ada --yes --complete"],
    answer: [
      "sigilderg POST /v1/erasures",
      answerWith("sigilderg POST /v1/erasures", { kek: z.string() }),
      PROPOSED,
    ],
    async run(input) {
      const principal = input.argument("principal");
      const complete = input.flag("complete");
      // The proposal itself shows what would go, and nothing goes before its commit.
      if (quorumMode(input.settings) === "quorum")
        return propose(withDoor, input, {
          action: "record.erase",
          request: { principal, complete },
          afterwards: complete
            ? "Once it is committed, destroy the old key-encryption key too: sigil key rotate kek"
            : "A commit erases as much as one transaction holds; propose again while the proposal finds something.",
        });
      return withDoor(input.settings, "record.erase", async (door) => {
        const preview = !input.flag("yes");
        let total: ErasureAnswer | undefined;
        do {
          const body = { principal, preview, complete };
          const answer = (await door.call("sigilderg POST /v1/erasures", { body })).body;
          total = total === undefined ? answer : joined(total, answer);
          say(`${total.records} records of ${principal}`);
        } while (total.more && !preview);
        const erased = total;
        const kek = complete && !preview ? await rotated(door, say) : undefined;
        return {
          json: kek === undefined ? erased : { ...erased, kek },
          text: (style) => [
            ...erasureLines(erased, style),
            ...(kek === undefined
              ? []
              : [`  the old key-encryption key is destroyed; records are under ${kek}`]),
          ],
        };
      });
    },
  };
}

function joined(before: ErasureAnswer, after: ErasureAnswer): ErasureAnswer {
  const kinds = { ...before.kinds };
  for (const [kind, count] of Object.entries(after.kinds)) kinds[kind] = (kinds[kind] ?? 0) + count;
  const receipts = [...before.receipts, ...after.receipts];
  return { ...after, kinds, receipts, records: before.records + after.records };
}

/** Rotates, and waits until the old key is gone. Returns the id of the new one. */
async function rotated(door: Door, say: (line: string) => void): Promise<string> {
  const { body } = await door.call("sigilderg POST /v1/keys/rotations", { body: { key: "kek" } });
  for (;;) {
    const { rotating, keks } = (await door.call("sigilderg GET /v1/keys")).body;
    const left = keks.reduce((sum, { active, live }) => sum + (active ? 0 : live), 0);
    if (!rotating) return "kek" in body ? body.kek : body.kid;
    say(`${left} keys are still wrapped under the old key-encryption key`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
