import { parseJson } from "@sigil/canon";
import { WireError } from "@sigil/wire";
import { RUN } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { type Cited, runLines } from "../../domain/show/run.ts";

/** The titles of the records that an output cites. A ref that the caller may not read has none, and keeps its note. */
export async function citedTitles(door: Door, refs: readonly string[]): Promise<Cited[]> {
  const titles = await Promise.all(
    [...new Set(refs)].map(async (ref): Promise<Cited | undefined> => {
      try {
        const { body } = await door.call("sigilderg GET /v1/canon/:id", { params: { id: ref } });
        const { title } = body.signed.record.payload;
        return { ref, title: typeof title === "string" ? title : body.signed.record.kind };
      } catch (error) {
        if (error instanceof WireError && error.code === "door-refused") return undefined;
        throw error;
      }
    }),
  );
  return titles.filter((cited) => cited !== undefined);
}

/** `sigil module run <module> [file]`: a run through the door, on a source file or on JSON. */
export function moduleRun({
  withDoor,
  readSource,
  readText,
  say,
  signal,
}: Pick<Needs, "withDoor" | "readSource" | "readText" | "say" | "signal">): Command {
  return {
    path: "module run",
    action: "module.run",
    group: "Act",
    summary: "run a module on a source file (text under 512 KiB, UTF-8) or on JSON",
    arguments: [
      { usage: "<module>", summary: "id of a module, such as rust-mentor" },
      { usage: "[file]", summary: "source file, given to the module as {path, source}" },
    ],
    options: [
      { flags: "--input <json>", summary: "input as JSON, or @file with JSON" },
      { flags: "--session <name>", summary: "session that the run belongs to" },
      {
        flags: "--parent <run>",
        summary: "a run that this one goes on from, for its lineage; may be repeated",
        repeat: true,
      },
    ],
    examples: ["module run rust-mentor src/main.rs", "module run rust-mentor --input @input.json --json"],
    answer: RUN,
    async run(input) {
      const id = input.argument("module");
      const file = input.argumentOr("file");
      const text = input.option("input");
      if ((file === undefined) === (text === undefined))
        throw invalid(
          "a run needs either a file or --input",
          `For example: sigil module run ${id} src/main.rs`,
        );
      const value =
        file === undefined
          ? parseJson(text?.startsWith("@") ? readText(text.slice(1)) : (text ?? ""), {
              maxBytes: 1024 * 1024,
            })
          : sourceInput(readSource(file));
      const session = input.option("session");
      const parents = input.repeated("parent");
      say(`running ${id}`);
      return withDoor(input.settings, "module.run", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/modules/:id/runs", {
          params: { id },
          // Ctrl-C closes the connection, and the door stops the run.
          signal,
          body: {
            input: value,
            ...(session === undefined ? {} : { session }),
            ...(parents.length === 0 ? {} : { parents }),
          },
        });
        const cited = await citedTitles(
          door,
          body.output.context.map(({ ref }) => ref),
        );
        return {
          json: { ...body, cited },
          text: (style) => runLines(body, cited, style),
          exit: body.status === "failed" ? EXIT.refused : EXIT.done,
        };
      });
    },
  };
}

/** How a source file is given to a module: its path as it was named, with slashes, and its text. */
export function sourceInput(source: { readonly path: string; readonly text: string }): {
  path: string;
  source: string;
} {
  return { path: source.path.replaceAll("\\", "/").slice(-1024), source: source.text };
}
