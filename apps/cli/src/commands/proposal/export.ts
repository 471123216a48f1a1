import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { fileText, type RequestFile, requestFile } from "../../domain/quorum/files.ts";
import { fetchProposal } from "../../domain/quorum/proposal.ts";

type Wanted = Pick<Needs, "withDoor" | "runtimeOf" | "writeText">;

/** `sigil proposal export <id>`: a proposal as a file, for a witness whose key lies on a machine without this runtime. */
export function proposalExport({ withDoor, runtimeOf, writeText }: Wanted): Command {
  return {
    path: "proposal export",
    action: "proposal.read",
    group: "Govern",
    summary: "write a proposal to a file, to be signed on a machine without this runtime",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    options: [
      { flags: "--out <file>", summary: "write to this file instead of standard output" },
      { flags: "--force", summary: "replace the file if it exists" },
    ],
    examples: ["proposal export 01a20aa4-5270-7021-a3bb-82fc72a97e42 --out request.json"],
    answer: [requestFile, writtenFile({ proposal: z.string(), digest: z.string() })],
    run: (input) =>
      withDoor(input.settings, "proposal.read", async (door) => {
        const { proposal, digest, table, detail } = await fetchProposal(
          door,
          input.argument("id"),
          runtimeOf(input.settings),
        );
        const { witnesses } = (await door.call("sigilderg GET /v1/witnesses")).body;
        const request: RequestFile = {
          v: 1,
          type: "sigil-proposal-request",
          proposal: detail.proposal,
          digest,
          witnesses: witnesses.flatMap(({ id, principal, keys }) =>
            keys.filter(({ to }) => to === null).map(({ kid }) => ({ id, principal, kid })),
          ),
          table: table === null ? null : [...table],
        };
        const out = input.option("out");
        if (out === undefined) return { json: request, text: () => [JSON.stringify(request, null, 2)] };
        writeText(out, fileText(request), input.flag("force"));
        return {
          json: { file: out, proposal: proposal.id, digest },
          text: (style) => [
            `${style.good("written")}  ${out}: proposal ${proposal.id}, digest ${digest}`,
            `On the other machine: ${style.bold(`sigil proposal sign ${out} --key <key file> --out vote.json`)}`,
          ],
        };
      }),
  };
}
