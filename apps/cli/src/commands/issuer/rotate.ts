import { compareLoa } from "@sigil/policy";
import { WireError } from "@sigil/wire";
import { z } from "zod";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command, Result } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { EXPIRES, govern } from "../../domain/govern.ts";
import { issuerLeaf, issuerState } from "../../domain/issuer-records.ts";
import type { Needs } from "../../domain/needs.ts";
import { recordedLicences, successorCommand } from "../../domain/recorded-licences.ts";
import type { Style } from "../../domain/style.ts";

/**
 * `sigil issuer rotate`: another key to sign licences with, signed over by the one before. Licences of that one stay good
 * until it is retired.
 */
export function issuerRotate({
  withDoor,
  quorumMode,
  issuerVault,
  now,
}: Pick<Needs, "withDoor" | "quorumMode" | "issuerVault" | "now">): Command {
  return {
    path: "issuer rotate",
    action: "issuer.change",
    group: "Give access",
    summary: "put another key in the place of the one that signs licences",
    options: [EXPIRES, { flags: "--reason <text>", summary: "why; a proposal has to say it" }],
    examples: ["issuer rotate --reason 'a year is over'"],
    answer: [
      z.strictObject({
        kid: z.string(),
        before: z.string(),
        index: z.int(),
        successors: z.array(z.string()).nullable(),
      }),
      PROPOSED,
    ],
    async run(input) {
      const vault = issuerVault(input.settings);
      const { statement, by } = vault.next();
      const { kid } = statement;
      const settle = async (door: Door): Promise<Result> => {
        const index = await issuerLeaf(door, "rotate", kid);
        vault.settle(kid, index);
        const successors = await successorsOf(vault.kid, door, now());
        return {
          json: { kid, before: vault.kid, index, successors: successors ?? null },
          text: (style) => rotatedLines({ kid, before: vault.kid, index, successors }, style),
        };
      };
      // A rotation that was recorded is brought to its end here: one that was interrupted, and one that others agreed to.
      const state = await withDoor(input.settings, "config.read", (door) => issuerState(door, kid));
      if (state !== undefined) return withDoor(input.settings, "canon.read", settle);
      return govern({ withDoor, quorumMode }, input, {
        action: "issuer.change",
        request: {
          change: "rotate",
          statement: { ...statement },
          by: { old: { ...by.old }, new: { ...by.new } },
        },
        afterwards:
          "Once it is committed, on this machine again: sigil issuer rotate. Until then the present key signs.",
        async alone(door) {
          await door.call("sigilderg POST /v1/issuers", { body: { statement, by } });
          return settle(door);
        },
      });
    },
  };
}

function rotatedLines({ kid, before, index, successors }: Rotated, style: Style): string[] {
  return [
    `${style.good("rotated")}  ${kid} signs licences from now on (leaf ${index})`,
    `Licences of ${before} stay good until it is retired. Each that is needed gets a successor, your own too,`,
    "and one that is bound to a client key its --bind-key:",
    ...(successors ?? ["sigil license issue … (`sigil license list` shows whose)"]).map(
      (command) => `  ${command}`,
    ),
    "Then, under the new Root licence:",
    `  sigil issuer retire ${before} --reason rotation`,
  ];
}

interface Rotated {
  readonly kid: string;
  readonly before: string;
  readonly index: number;
  readonly successors: readonly string[] | undefined;
}

/** What issues a successor to each licence of an issuer that counts now; undefined where this licence may not list them. */
async function successorsOf(issuer: string, door: Door, now: Date): Promise<string[] | undefined> {
  try {
    const counting = (await recordedLicences(door))
      .filter((licence) => licence.issuer === issuer && licence.state === "current")
      .toSorted((a, b) => compareLoa(a.loa, b.loa));
    // One each, of the highest level: a principal's newest licence supersedes the others. Root last, because the one that issues
    // the others is superseded by its own successor.
    return [...new Map(counting.map((licence) => [licence.sub, licence])).values()]
      .toSorted((a, b) => compareLoa(a.loa, b.loa))
      .map((licence) => successorCommand(licence, now));
  } catch (error) {
    // The rotation is done; what is only advice must not make it look failed.
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
