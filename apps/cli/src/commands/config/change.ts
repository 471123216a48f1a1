import { CanonError, parseJson } from "@sigil/canon";
import { RUNTIME_KEYS } from "@sigil/service";
import { llmEndpoints, type ResponseOf } from "@sigil/wire";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, type Input, invalid } from "../../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

type Values = ResponseOf<"sigilderg GET /v1/config">["values"];

/**
 * `sigil config change section.key=value…`: settings that hold while everything runs, over file, environment and flags. What
 * other settings a record set before stays; `--unset` gives one back to where it came from.
 */
export function configChange({ withDoor, quorumMode }: Pick<Needs, "withDoor" | "quorumMode">): Command {
  return {
    path: "config change",
    action: "config.change",
    group: "Govern",
    summary: "set what a record may set while everything runs; in quorum mode propose it",
    arguments: [{ usage: "[settings...]", summary: "such as sigilderg.rate_read=1000" }],
    options: [
      {
        flags: "--unset <section.key>",
        summary: "let a setting be what file, environment and flags say; may be repeated",
        repeat: true,
      },
      { flags: "--revert <version>", summary: "the version whose settings come back" },
      ...GOVERNING,
    ],
    examples: [
      "config change sigilderg.rate_read=1000 --reason 'a busy week'",
      "config change --revert 2 --reason 'the week is over'",
    ],
    answer: ["sigilderg POST /v1/config", PROPOSED],
    async run(input) {
      const reason = reasonOf(input);
      const change = wordsOf(input);
      const request = "revert" in change ? change : { values: await after(withDoor, input, change) };
      return govern({ withDoor, quorumMode }, input, {
        action: "config.change",
        request,
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/config", { body: { ...request, reason } });
          return {
            json: body,
            text: (style) => [
              `${style.good("in force")}  the settings of version ${body.version}, record ${body.record} (solo: one person decided)`,
              `What they are now: sigil config show. Back again: sigil config change --revert ${body.version - 1} --reason …`,
            ],
          };
        },
      });
    },
  };
}

interface Changed {
  readonly set: Values;
  readonly unset: readonly string[];
}

/** What is in force by records, with the words over it. */
async function after(withDoor: Needs["withDoor"], input: Input, { set, unset }: Changed): Promise<Values> {
  const { body } = await withDoor(input.settings, "config.read", (door) =>
    door.call("sigilderg GET /v1/config"),
  );
  const missing = unset.find((key) => !Object.hasOwn(body.values, key));
  if (missing !== undefined)
    throw invalid(`no record sets ${missing}`, "`sigil config show` says what records set.");
  const kept = Object.entries(body.values).filter(([key]) => !unset.includes(key));
  return { ...Object.fromEntries(kept), ...set };
}

function wordsOf(input: Input): Changed | { readonly revert: number } {
  const revert = input.count("revert", 0, Number.MAX_SAFE_INTEGER);
  const unset = input.repeated("unset");
  const set = Object.fromEntries(input.rest("settings").map(settingOf));
  const some = unset.length + Object.keys(set).length > 0;
  if (some === (revert !== undefined))
    throw invalid(
      "a change sets or unsets something, or says which version comes back",
      `For example: sigil config change sigilderg.rate_read=1000 --reason …; what can be set: ${RUNTIME_KEYS.join(", ")}`,
    );
  return revert === undefined ? { set, unset } : { revert };
}

/** `section.key=value`: a number or a list in JSON where the value is one, text otherwise. */
function settingOf(word: string): readonly [string, Values[string]] {
  const [, key, value = ""] = /^([a-z_]+\.[a-z_]+)=(.*)$/s.exec(word) ?? [];
  if (key === undefined)
    throw invalid(
      `${JSON.stringify(word)} is no setting`,
      "Write section.key=value, such as sigilderg.rate_read=1000.",
    );
  if (value.startsWith("[")) return [key, listOf(key, value)];
  return [key, /^-?\d{1,15}$/.test(value) ? Number(value) : value];
}

function listOf(key: string, text: string): Values[string] {
  try {
    const list = llmEndpoints.safeParse(parseJson(text, { maxBytes: 64 * 1024 }));
    if (list.success) return list.data;
    const issue = list.error.issues[0];
    throw invalid(
      `${key}: ${issue?.path.map(String).join(".")}: ${issue?.message}`,
      "docs/guides/language-models.md has an example of every field.",
    );
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    throw invalid(`${key} is no JSON: ${error.message}`, "Quote the whole word: '[{\"name\": …}]'.");
  }
}
