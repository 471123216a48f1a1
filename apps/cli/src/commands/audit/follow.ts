import { setTimeout as wait } from "node:timers/promises";
import { auditEntry, auditOutcome, type DoorEvent, problem, WireError } from "@sigil/wire";
import { AUDIT_EVENT } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import type { Needs } from "../../domain/needs.ts";
import { AUDIT_FILTERS, auditFilter, auditRow, ending } from "../../domain/show/audit.ts";

type Wanted = Pick<Needs, "withDoor" | "emitLine" | "warn" | "signal">;

/** Failures after which the door may be there again: it restarts, or the way to it is cut. */
const PASSING = new Set(["door-unreachable", "door-timeout", "door-response-invalid"]);
const BUSY = new Set([429, 502, 503, 504]);

/**
 * `sigil audit follow`: decisions and outcomes as they are recorded, until Ctrl-C, which is its end and not a failure.
 * What is told is told once, across restarts of the store and of the door: a broken stream goes on after the last leaf.
 */
export function auditFollow({ withDoor, emitLine, warn, signal }: Wanted): Command {
  return {
    path: "audit follow",
    action: "audit.read",
    group: "Prove",
    summary: "print decisions and outcomes as they are recorded, until Ctrl-C",
    options: [
      ...AUDIT_FILTERS,
      { flags: "--after <leaf>", summary: "begin after this leaf of the log (default now)" },
    ],
    examples: ["audit follow --verdict deny"],
    answer: AUDIT_EVENT,
    several: true,
    run: (input) =>
      withDoor(input.settings, "audit.read", async (door) => {
        const filter = auditFilter(input);
        let after = input.count("after", 0, Number.MAX_SAFE_INTEGER);
        let warned = false;
        const say = (line: string) => {
          if (!warned) warn([line]);
          warned = true;
        };
        while (!signal.aborted) {
          try {
            for await (const event of events(door, { ...filter, after })) {
              if (event.event === "waiting") say("the store does not answer; going on when it does");
              const line = told(event);
              if (line !== undefined) emitLine(line);
              if (event.id === undefined) continue;
              after = Number(event.id);
              warned = false;
            }
          } catch (error) {
            if (signal.aborted) break;
            if (!isPassing(error)) throw error;
            say("the door does not answer; trying again until it does");
          }
          await wait(1_000, undefined, { signal }).catch(() => undefined);
        }
        return { json: undefined, text: () => [] };
      }),
  };
}

function events(door: Door, query: Readonly<Record<string, string | number | undefined>>) {
  return door.stream("sigilderg GET /v1/audit/stream", { query });
}

/** What is printed of an event; undefined for a sign of life. A problem ends the command under its own name. */
function told({ event, data }: DoorEvent): Parameters<Needs["emitLine"]>[0] | undefined {
  if (event === "decision") {
    const entry = auditEntry.parse(data);
    return { json: { decision: entry }, text: (style) => [auditRow(entry, style).join("  ")] };
  }
  if (event === "outcome") {
    const outcome = auditOutcome.parse(data);
    const good = outcome.status === "done";
    return {
      json: { outcome },
      text: (style) => [
        `${outcome.ts}  ${(good ? style.good : style.warn)(ending(outcome))}  ${outcome.effects.length} effects  ${outcome.decision}`,
      ],
    };
  }
  if (event === "problem") {
    const { code, detail, ...rest } = problem.parse(data);
    throw new WireError("door-refused", `${code}: ${detail}`, { problem: { code, detail, ...rest } });
  }
  return undefined;
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof WireError)) return false;
  return PASSING.has(error.code) || BUSY.has(error.problem?.status ?? 0);
}
