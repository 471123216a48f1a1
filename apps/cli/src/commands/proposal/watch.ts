import { setTimeout as wait } from "node:timers/promises";
import { WireError } from "@sigil/wire";
import { WATCHED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { isFinal, nextLines, type Standing, standingText, stateWord } from "../../domain/show/proposal.ts";

const POLL_MS = 2_000;
type Wanted = Pick<Needs, "withDoor" | "emitLine" | "warn" | "signal" | "now">;

/** `sigil proposal watch <id>`: says what becomes of a proposal until it is final: 0 when it was committed, 1 otherwise. */
export function proposalWatch({ withDoor, emitLine, warn, signal, now }: Wanted): Command {
  return {
    path: "proposal watch",
    action: "proposal.read",
    group: "Govern",
    summary: "follow a proposal until it is final: 0 when it was committed, 1 otherwise",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    examples: ["proposal watch 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: WATCHED,
    several: true,
    run: (input) =>
      withDoor(input.settings, "proposal.read", async (door) => {
        const id = input.argument("id");
        let told = "";
        let warned = false;
        for (;;) {
          signal.throwIfAborted();
          const at = await standingOf(door, id);
          if (at === undefined && !warned) warn(["the door does not answer; trying again until it does"]);
          warned = at === undefined;
          const text = at === undefined ? told : JSON.stringify(at);
          if (at !== undefined && text !== told) {
            told = text;
            const ts = now().toISOString();
            emitLine({
              json: { ts, proposal: id, ...at },
              text: (style) => [
                `${ts}  ${stateWord(at.state, style)}  ${isFinal(at.state) ? "" : standingText(at)}`.trimEnd(),
                ...(at.state === "open" ? [] : nextLines(id, at, style)),
              ],
            });
            if (isFinal(at.state)) {
              const exit = at.state === "committed" ? EXIT.done : EXIT.refused;
              return { json: undefined, text: () => [], exit };
            }
          }
          await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
        }
      }),
  };
}

const PASSING = new Set(["door-unreachable", "door-timeout"]);
const BUSY = new Set([429, 502, 503, 504]);

/** Undefined where the door is away for now: it restarts, or the store does. */
async function standingOf(door: Door, id: string): Promise<Standing | undefined> {
  try {
    const { body } = await door.call("sigilderg GET /v1/proposals/:id", { params: { id } });
    const { state, have, need, missing } = body;
    return { state, have, need, missing };
  } catch (error) {
    const passing =
      error instanceof WireError && (PASSING.has(error.code) || BUSY.has(error.problem?.status ?? 0));
    if (!passing) throw error;
    return undefined;
  }
}
