import type { Json } from "@sigil/canon";
import { type HostArguments, type HostCall, ProblemError, parseHostArguments, type World } from "@sigil/wire";
import type { HostAnswer, HostDoor } from "../host-door.ts";

interface Block {
  ref: string;
  text: string;
  type: string;
  tags: string[];
  ts: string;
}

interface Entry {
  ref: string;
  stream: string;
  title: string;
  text: string;
}

/**
 * What SigilDERG and the store are to a run, in memory: the same arguments are refused, the same fields answered. Nothing is
 * decided here: `HostCalls` has held the call against manifest and level before.
 */
export class RehearsalWorld implements HostDoor {
  readonly #memory: readonly Block[];
  readonly #canon: readonly Entry[];
  #made = 0;

  constructor(world: World, now: string) {
    this.#memory = world.memory.map(({ ref, text, type, tags }) => ({
      ref: ref ?? this.#ref(),
      text,
      type,
      tags,
      ts: now,
    }));
    this.#canon = world.canon.map(({ ref, stream, title, text }) => ({
      ref: ref ?? this.#ref(),
      stream,
      title,
      text,
    }));
  }

  async call(method: string, { args }: { args: Json }): Promise<HostAnswer> {
    try {
      const answer = this.#answers[method as HostCall];
      return { ok: true, result: answer(parseHostArguments(method as HostCall, args) as never) };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { ok: false, code: error.code, message: error.message };
    }
  }

  readonly #answers: { readonly [Call in HostCall]: (args: HostArguments[Call]) => Json } = {
    // Staged: it may be cited at once, and no call of its own run reads it.
    "memory.write": () => ({ ref: this.#ref() }),
    "memory.list": ({ limit, tag, type }) => ({
      items: this.#memory
        .filter((block) => tag === undefined || block.tags.includes(tag))
        .filter((block) => type === undefined || block.type === type)
        .toReversed()
        .slice(0, limit)
        .map((block) => ({ ...block })),
    }),
    "canon.read": (asked) => {
      const found = this.#canon.findLast((entry) =>
        "id" in asked ? entry.ref === asked.id : entry.stream === asked.stream,
      );
      if (found !== undefined) return { ...found };
      const what = "id" in asked ? `no canon entry ${asked.id}` : `no canon entry in ${asked.stream}`;
      throw new ProblemError("not-found", `there is ${what} that this run may read`);
    },
    "llm.complete": () => {
      throw new ProblemError("llm-not-configured", "a rehearsal asks no language model");
    },
    "interaction.log": () => ({}),
    "audit.emit": () => ({}),
  };

  /** A UUIDv7 that is the same in every rehearsal: what a module does may depend on what it reads. */
  #ref(): string {
    return `00000000-0000-7000-8000-${(++this.#made).toString(16).padStart(12, "0")}`;
  }
}
