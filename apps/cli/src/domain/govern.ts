import type { JsonObject } from "@sigil/canon";
import { type ResponseOf, WireError } from "@sigil/wire";
import { type Input, invalid, type Option, type Result, type Settings } from "./command.ts";
import type { Door, WithDoor } from "./door.ts";
import type { Needs } from "./needs.ts";
import { nextLines, standingText, stateWord } from "./show/proposal.ts";
import type { Style } from "./style.ts";

/** How long a proposal waits, of every command that may come to one. */
export const EXPIRES: Option = {
  flags: "--expires <time>",
  summary: "in quorum mode: how long others may be asked, such as 30m, 12h or 7d (default 7d, at most 30d)",
};

/** What every command takes that may come to a proposal. */
export const GOVERNING: readonly Option[] = [
  { flags: "--reason <text>", summary: "why; it is recorded and stays" },
  EXPIRES,
];

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };
const MOST_SECONDS = 30 * 86_400;

/** `--expires` in seconds; undefined when it is not given. */
export function expiresOf(input: Input): number | undefined {
  const text = input.option("expires");
  if (text === undefined) return undefined;
  const [, count = "", unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (seconds >= 60 && seconds <= MOST_SECONDS) return seconds;
  throw invalid(`--expires is ${JSON.stringify(text)}; it must be from 1m to 30d`, "Such as 30m, 12h or 7d.");
}

/** `--reason`, which a change that stays has to have. */
export function reasonOf(input: Input): string {
  const reason = input.option("reason");
  if (reason !== undefined && reason.trim() !== "") return reason;
  throw invalid("a change that stays needs a reason", "--reason 'why others should agree'");
}

/** A change that others must agree to in quorum mode. */
export interface Governed {
  readonly action: string;
  /** What a proposal of it asks for. */
  readonly request: JsonObject;
  /** What is left to do here once it is committed, as a sentence. */
  readonly afterwards?: string;
  /** Does it through its own route, as solo mode allows, and says what came of it. */
  readonly alone: (door: Door) => Promise<Result>;
}

/**
 * Makes a change as the mode of the runtime has it: in solo mode at once, in quorum mode as a proposal, about which the answer
 * says who has to do what next. The JSON value of a proposal is `{proposed}`. The home's trust file says which mode it is:
 * a question to the runtime would be a decision of its own, which a log that waits for nobody any more does not take.
 */
export async function govern(
  { withDoor, quorumMode }: Pick<Needs, "withDoor" | "quorumMode">,
  input: Input,
  { alone, ...change }: Governed,
): Promise<Result> {
  const { settings } = input;
  if (quorumMode(settings) === "quorum") return propose(withDoor, input, change);
  try {
    return await withDoor(settings, change.action, alone);
  } catch (error) {
    // The command may run on a machine without that home: then the runtime says why it refused.
    const denied = error instanceof WireError && error.problem?.status === 403;
    if (denied && (await modeAt(withDoor, settings)) === "quorum") return propose(withDoor, input, change);
    throw error;
  }
}

async function modeAt(withDoor: WithDoor, settings: Settings): Promise<"solo" | "quorum"> {
  return withDoor(
    settings,
    "witness.read",
    async (door) => (await door.call("sigilderg GET /v1/quorum")).body.mode,
  ).catch(() => "solo" as const);
}

/** Puts an action to the witnesses; in solo mode there are none, and the proposal waits for its commit alone. */
export function propose(
  withDoor: WithDoor,
  input: Input,
  { action, request, afterwards }: Omit<Governed, "alone">,
): Promise<Result> {
  const reason = reasonOf(input);
  const expiresInSeconds = expiresOf(input);
  return withDoor(input.settings, "proposal.create", async (door) => {
    const body = { action, request, reason, ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }) };
    const made = (await door.call("sigilderg POST /v1/proposals", { body })).body;
    const last = afterwards === undefined ? [] : [afterwards];
    return { json: { proposed: made }, text: (style) => [...proposedLines(made, style), ...last] };
  });
}

/** What was proposed, and what has to happen before it is so. */
function proposedLines(made: ResponseOf<"sigilderg POST /v1/proposals">, style: Style): string[] {
  const { proposal, digest } = made;
  return [
    `${style.good("proposed")}  ${proposal.action}, proposal ${proposal.id}, ${stateWord(made.state, style)}`,
    `  ${standingText(made)}, until ${proposal.expiresAt}`,
    `  digest ${digest}`,
    ...nextLines(proposal.id, made, style),
  ];
}
