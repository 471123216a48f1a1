import type { DoorRouteId } from "@sigil/wire";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

const CHANGES = {
  register: {
    route: "sigilderg POST /v1/modules",
    summary: "let a digest of a module run; in quorum mode propose it",
    done: "registered",
    means: "it runs from now on in the place of an earlier digest",
  },
  revoke: {
    route: "sigilderg POST /v1/modules/revocations",
    summary: "let a digest of a module run no more; in quorum mode propose it",
    done: "revoked",
    means: "it runs no more, and no older digest runs in its place",
  },
  reinstate: {
    route: "sigilderg POST /v1/modules/reinstatements",
    summary: "let a revoked or suspended digest of a module run again; in quorum mode propose it",
    done: "reinstated",
    means: "it runs again, as it was registered",
  },
} as const satisfies Record<string, { route: DoorRouteId; summary: string; done: string; means: string }>;

/** `sigil module register|revoke|reinstate <id> <digest>`: which code may run under a name. */
export function moduleChange(
  what: keyof typeof CHANGES,
  { withDoor, quorumMode }: Pick<Needs, "withDoor" | "quorumMode">,
): Command {
  const { route, summary, done, means } = CHANGES[what];
  return {
    path: `module ${what}`,
    action: `module.${what}`,
    group: "Govern",
    summary,
    arguments: [
      { usage: "<id>", summary: "the module, such as rust-mentor" },
      { usage: "<digest>", summary: "sha256:…; `sigil module list` shows those that run" },
    ],
    options: GOVERNING,
    examples: [
      `module ${what} rust-mentor sha256:68d7923a68d7923a68d7923a68d7923a68d7923a68d7923a68d7923a68d7923a --reason 'reviewed'`,
    ],
    answer: [route, PROPOSED],
    async run(input) {
      const request = { id: input.argument("id"), digest: input.argument("digest") };
      const reason = reasonOf(input);
      return govern({ withDoor, quorumMode }, input, {
        action: `module.${what}`,
        request,
        async alone(door) {
          const { body } = await door.call(route, { body: { ...request, reason } });
          return {
            json: body,
            text: (style) => [
              `${style.good(done)}  ${request.id} ${request.digest}, record ${body.record} (solo: one person decided)`,
              `  ${means}`,
            ],
          };
        },
      });
    },
  };
}
