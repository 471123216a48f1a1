import { ACTIONS } from "@sigil/policy";
import { CONFIG, configKey, RUNTIME_KEYS } from "@sigil/service";
import { type Command, GLOBAL_OPTIONS, type Option } from "../command.ts";

/** What may stand in a place: words of a list, or what only the shell or the home knows. */
export interface Candidates {
  /** `files` and `folders`: the shell offers paths beside the words. */
  readonly paths: "none" | "files" | "folders";
  readonly words: readonly Candidate[];
}

interface Candidate {
  readonly word: string;
  readonly summary: string;
}

/** Names that only this machine knows. */
export interface LocalNames {
  readonly licences: () => readonly Candidate[];
}

type Kind = "licence" | "action" | "setting" | "record-setting" | "command" | "file" | "folder";

/** What a placeholder of a usage or of a flag asks for; every other one is free text. */
const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  file: ["file"],
  bundle: ["file"],
  proof: ["file"],
  proofs: ["file"],
  request: ["file"],
  attestation: ["file"],
  checkpoint: ["file"],
  package: ["file"],
  "file|key": ["file"],
  folder: ["folder"],
  licence: ["licence", "file"],
  "name|file": ["licence", "file"],
  action: ["action"],
  settings: ["record-setting"],
  "section.key": ["record-setting"],
  "section.key=value": ["setting"],
  words: ["command"],
};

/**
 * What completes the last of `words`, which stand after `sigil`; it may be empty. Everything comes from the table of commands,
 * so that a new command, flag or choice is completed without another line.
 */
export function complete(
  commands: readonly Command[],
  names: LocalNames,
  words: readonly string[],
): Candidates {
  const line = rejoined(words);
  const last = line.at(-1) ?? "";
  const seen = walk(commands, line.slice(0, -1));
  const options = [...GLOBAL_OPTIONS, ...(seen.command?.options ?? []), HELP];
  const of = (kinds: readonly Kind[], choices: readonly string[] | undefined, text: string) =>
    starting(offered(kinds, choices, commands, names), text);
  if (seen.pending !== undefined) return of(kindsOf(seen.pending.flags), seen.pending.choices, last);
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  if (flag !== undefined && value !== undefined) {
    const option = options.find(({ flags }) => nameOf(flags) === flag);
    if (option === undefined) return NOTHING;
    const { paths, words: found } = of(kindsOf(option.flags), option.choices, value);
    return { paths, words: found.map(({ word, summary }) => ({ word: `${flag}=${word}`, summary })) };
  }
  if (last.startsWith("-"))
    return starting(
      { paths: "none", words: options.map(({ flags, summary }) => ({ word: nameOf(flags), summary })) },
      last,
    );
  if (seen.command === undefined)
    return starting({ paths: "none", words: nextWords(commands, seen.path) }, last);
  const usages = seen.command.arguments ?? [];
  const place = usages[Math.min(seen.given, usages.length - 1)];
  const rest = place?.usage.includes("...") === true;
  if (place === undefined || (seen.given >= usages.length && !rest)) return NOTHING;
  return of(kindsOf(place.usage), place.choices, last);
}

const NOTHING: Candidates = { paths: "none", words: [] };
const HELP: Option = { flags: "--help", summary: "show its help" };

interface Seen {
  readonly path: readonly string[];
  readonly command: Command | undefined;
  /** How many arguments stand there already. */
  readonly given: number;
  /** An option that waits for its value. */
  readonly pending: Option | undefined;
}

/** Reads the words before the cursor as the parser would. */
function walk(commands: readonly Command[], words: readonly string[]): Seen {
  let path: string[] = [];
  let command: Command | undefined;
  let given = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) pending = undefined;
    else if (word.startsWith("-")) {
      const option = [...GLOBAL_OPTIONS, ...(command?.options ?? [])].find(
        ({ flags }) => nameOf(flags) === word,
      );
      pending = option?.flags.includes("<") === true ? option : undefined;
    } else if (command !== undefined) given += 1;
    else {
      path = [...path, word];
      command = [...commands, helpCommand].find((each) => each.path === path.join(" "));
    }
  }
  return { path, command, given, pending };
}

/** The parser has it without a row in the table of commands. */
const helpCommand = {
  path: "help",
  summary: "show what a command does, with examples",
  arguments: [{ usage: "[words...]", summary: "the command" }],
} as unknown as Command;

/** The words that may come next: nouns and single commands at first, then the verbs of a noun. */
function nextWords(commands: readonly Command[], path: readonly string[]): Candidate[] {
  const depth = path.length;
  const before = path.map((word) => `${word} `).join("");
  const next = new Map<string, string>();
  for (const { path: full, summary } of [...commands, helpCommand]) {
    if (!full.startsWith(before)) continue;
    const parts = full.split(" ");
    const word = parts[depth] ?? "";
    const others = parts.length > depth + 1;
    next.set(word, others ? [next.get(word), parts.at(-1)].filter(Boolean).join(", ") : summary);
  }
  return [...next].map(([word, summary]) => ({ word, summary }));
}

function offered(
  kinds: readonly Kind[],
  choices: readonly string[] | undefined,
  commands: readonly Command[],
  names: LocalNames,
): Candidates {
  const words = choices?.map((word) => ({ word, summary: "" })) ?? [
    ...(kinds.includes("licence") ? names.licences() : []),
    ...(kinds.includes("action")
      ? ACTIONS.map(({ action, least }) => ({ word: action, summary: least === "none" ? "" : least }))
      : []),
    ...(kinds.includes("setting")
      ? CONFIG.map((row) => ({ word: `${configKey(row)}=`, summary: row.doc }))
      : []),
    ...(kinds.includes("record-setting") ? RUNTIME_KEYS.map((key) => ({ word: key, summary: "" })) : []),
    ...(kinds.includes("command") ? nextWords(commands, []) : []),
  ];
  return {
    paths: kinds.includes("file") ? "files" : kinds.includes("folder") ? "folders" : "none",
    words,
  };
}

const starting = ({ paths, words }: Candidates, text: string): Candidates => ({
  paths,
  words: words.filter(({ word }) => word.startsWith(text)),
});

/** `--limit` of `--limit <n>`. */
const nameOf = (flags: string): string => flags.split(/[ ,]/)[0] ?? "";

const kindsOf = (usage: string): readonly Kind[] =>
  KINDS[/[<[]([^>\]]{1,64})/.exec(usage)?.[1]?.replace(/\.\.\.$/, "") ?? ""] ?? [];

/** bash hands over `--kind=semantic` as three words. */
function rejoined(words: readonly string[]): string[] {
  const line: string[] = [];
  for (const [i, word] of words.entries()) {
    const before = line.at(-1);
    const glued = (word === "=" && before?.startsWith("--")) || words[i - 1] === "=";
    if (glued && before !== undefined) line[line.length - 1] = before + word;
    else line.push(word);
  }
  return line;
}
