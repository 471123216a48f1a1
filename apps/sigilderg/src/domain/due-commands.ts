import type { SigningKey } from "@sigil/crypto";
import { type LocalCommand, PROBLEMS, ProblemError } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { Clock } from "./clock.ts";
import type { Gate } from "./decisions/gate.ts";
import type { Projection } from "./records/projection.ts";
import type { Store } from "./records/store.ts";
import { decidedWrite } from "./records/transaction.ts";

/** What a file about a command holds: the command and whether it still runs; no command when the file is malformed. */
export interface DueCommand {
  readonly name: string;
  readonly command?: LocalCommand;
  readonly running: boolean;
}

/** Commands around the store that ran on this machine, outside the door, and whose decisions are not recorded yet. */
export interface DueCommands {
  /** Oldest first. */
  list(): readonly DueCommand[];
  /** Its decision is recorded: it is due no longer. */
  recorded(name: string): void;
  /** Keeps what was refused, out of the way. */
  refused(name: string): void;
  /** How many were refused and are still kept. */
  readonly kept: number;
}

interface Parts {
  readonly gate: Gate;
  readonly projection: Pick<Projection, "lockdown">;
  readonly store: Store;
  readonly key: SigningKey;
  readonly now: Clock;
  readonly due: DueCommands;
  /** Told of a command that was done and that the records do not allow. */
  readonly alarm: (code: string, detail: string) => void;
}

/**
 * Records decision and outcome of every command that is due, under the licence that it left, held against the records as at
 * the door. What they do not allow is recorded as denied, or counted among the refused credentials, and the alarm is
 * told: the command has run. One that was cut off ends `unknown`. Rejects when the store takes nothing; then it stays due.
 */
export async function recordDue(parts: Parts): Promise<void> {
  for (const { name, command, running } of parts.due.list()) {
    if (running) continue;
    try {
      if (command === undefined) throw new ProblemError("body-invalid", "the file is malformed");
      await record(parts, command);
      parts.due.recorded(name);
    } catch (error) {
      if (!(error instanceof ProblemError) || PROBLEMS[error.code].status >= 500) throw error;
      // The same command, recorded by a process that ended before it could say so.
      if (error.code === "idempotency-conflict") {
        parts.due.recorded(name);
        continue;
      }
      parts.alarm(error.code, `${command?.action ?? "a command"} (${name}): ${error.message}`);
      parts.due.refused(name);
    }
  }
}

async function record({ gate, store, key, now, projection }: Parts, command: LocalCommand): Promise<void> {
  const { action, licence, id, at, end } = command;
  const route = `local ${action}`;
  const { caller } = await gate.authenticate(() => ({ token: licence }), route);
  // A lockdown that began after the command did not stop it; a restore itself begins one.
  const since = projection.lockdown.inForce?.since;
  const facts = gate.facts(caller, { lockdown: since !== undefined && since <= at });
  const made = await gate.admit({ action, caller, facts, policy: gate.policy, route });
  const { status, code } = end ?? { status: "unknown" as const, code: "command-cut-off" };
  const outcome = { status, ...(code === undefined ? {} : { code }) };
  await store.append(
    {
      records: decidedWrite(made, [], key, now, outcome),
      idempotency: { principal: caller.principal, key: `local-${id}` },
    },
    authorityOf(made),
  );
}
