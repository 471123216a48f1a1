import type { Json } from "@sigil/canon";
import { capabilityCovers } from "@sigil/policy";
import { type HostArguments, type HostCall, ProblemError, parseHostArguments, type World } from "@sigil/wire";
import type { Capability } from "@sigil/wire/module-package";
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
  readonly #completions: string[];
  readonly #capabilities: readonly Capability[];
  #made = 0;

  constructor(world: World, now: string, capabilities: readonly Capability[]) {
    this.#completions = [...world.completions];
    this.#capabilities = capabilities;
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
      if (found !== undefined) {
        // Of an entry that is asked for by id, the stream is known only now.
        if (capabilityCovers(this.#capabilities, "canon.read", { streams: found.stream }))
          return { ...found };
        throw new ProblemError("capability-missing", `canon.read does not cover ${found.stream}`);
      }
      const what = "id" in asked ? `no canon entry ${asked.id}` : `no canon entry in ${asked.stream}`;
      throw new ProblemError("not-found", `there is ${what} that this run may read`);
    },
    "llm.complete": ({ endpoint = "rehearsal" }) => {
      const text = this.#completions.shift();
      if (text === undefined)
        throw new ProblemError("llm-not-configured", "the rehearsal has no further completion");
      const usage = { promptTokens: 0, completionTokens: 0, charged: 0, estimated: true };
      const request = `sha256:${"0".repeat(64)}`;
      return { ...{ text, endpoint, model: "rehearsal", finish: "stop" }, usage, redacted: [], request };
    },
    "interaction.log": () => ({}),
    "audit.emit": () => ({}),
  };

  /** A UUIDv7 that is the same in every rehearsal: what a module does may depend on what it reads. */
  #ref(): string {
    return `00000000-0000-7000-8000-${(++this.#made).toString(16).padStart(12, "0")}`;
  }
}
