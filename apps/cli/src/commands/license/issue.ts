import { LOA, type Loa } from "@sigil/policy";
import { WireError } from "@sigil/wire";
import { ISSUED, PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, type Input, invalid } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { CliError } from "../../domain/error.ts";
import { claimsFor } from "../../domain/genesis.ts";
import { GOVERNING, propose } from "../../domain/govern.ts";
import { layout } from "../../domain/home.ts";
import { keeping } from "../../domain/licence-keeping.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

type Wanted = Pick<Needs, "withDoor" | "quorumMode" | "issuer" | "licences" | "shelf" | "homeOf" | "now">;

/**
 * `sigil license issue`: signs a licence here, with the sealed issuer key that no service holds, and has SigilDERG
 * record it; it counts from then on. A principal's new licence supersedes its older ones; where those lie in the home,
 * the file of the highest is renewed and the others are put aside.
 */
export function licenseIssue({
  withDoor,
  quorumMode,
  issuer,
  licences,
  shelf,
  homeOf,
  now,
}: Wanted): Command {
  return {
    path: "license issue",
    action: "license.issue",
    group: "Give access",
    summary: "issue a licence; prints it, or writes it with --out",
    options: [
      { flags: "--principal <name>", summary: "who it is for: [a-z0-9][a-z0-9._-]{0,63}" },
      { flags: "--loa <level>", summary: "its level", choices: LOA },
      {
        flags: "--scope <pattern>",
        summary: "actions it covers, such as memory.*; may be repeated (default *)",
        repeat: true,
      },
      { flags: "--days <n>", summary: "how long it is valid, 1 to 3650 (default 90)" },
      { flags: "--bind-key <kid>", summary: "worth something only in envelopes sealed with this client key" },
      { flags: "--owner <name>", summary: "the owner's name as text (default the principal)" },
      { flags: "--out <file>", summary: "write it to this new file (0600) instead of standard output" },
      ...GOVERNING,
    ],
    examples: [
      "license issue --principal ada --loa Observer",
      "license issue --principal ci --loa Operator --scope 'memory.*' --days 30 --out ci.jwt",
    ],
    answer: [ISSUED, PROPOSED],
    async run(input) {
      const { principal, loa, scope, days, owner, cnf } = words(input);
      const out = input.option("out");
      const folder = layout(homeOf(input.settings)).licences;
      const own = licences(input.settings).filter(({ claims }) => claims.sub === principal);
      const proposed = quorumMode(input.settings) === "quorum";
      if (proposed && out === undefined)
        throw invalid(
          "in quorum mode a licence counts from the commit of its proposal on, and has to lie somewhere until then",
          `--out ${principal}.jwt`,
        );
      // Nothing of the home is superseded before that.
      const plan = proposed ? { out, renews: undefined, supersedes: [] } : keeping(own, principal, loa, out);
      return withDoor(input.settings, "license.issue", async (door) => {
        const desk = issuer(input.settings);
        const serial = (await highestSerial(door, principal)) + 1;
        const claims = {
          ...claimsFor({ principal, loa, scope, owner, issuer: desk.kid, serial, days, now: now() }),
          bindings: desk.bindings,
          ...cnf,
        };
        const licence = await desk.sign(claims);
        // Written before it counts: a licence that is recorded and lost would supersede the one that is there.
        const kept = shelf.keep(folder, plan, licence);
        if (proposed) {
          const afterwards = `${out} counts from the commit on, and then supersedes every older licence of ${principal}.`;
          const change = { action: "license.issue", request: { licence }, afterwards };
          return propose(withDoor, input, change).catch((error: unknown) => {
            if (!wasRefused(error)) throw perhapsRecorded(error, kept.written);
            kept.drop();
            throw error;
          });
        }
        const { body } = await door
          .call("sigilderg POST /v1/licences", { body: { licence } })
          .catch((error: unknown) => {
            if (!wasRefused(error)) throw perhapsRecorded(error, kept.written);
            kept.drop();
            throw error;
          });
        const files = kept.settle();
        return {
          json: { licence, record: body.id, decision: body.decision, claims, files },
          text: (style) => [
            `${style.good("issued")} and recorded: ${principal} as ${loa} until ${new Date(claims.exp * 1000).toISOString()}`,
            ...table(
              [
                ["record", body.id],
                ["serial", String(body.serial)],
                ["decision", body.decision],
                ...files.written.map((file) => ["written", file]),
                ...files.putAside.map((file) => ["superseded", file]),
              ],
              "  ",
            ),
            ...(files.written.length === 0 ? ["", licence] : []),
          ],
        };
      });
    },
  };
}

function words(input: Input) {
  const principal = input.option("principal");
  const loa = input.option("loa") as Loa | undefined;
  if (principal === undefined || loa === undefined)
    throw invalid(
      "a licence needs --principal and --loa",
      "For example: sigil license issue --principal ada --loa Observer",
    );
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(principal))
    throw invalid(
      `--principal is ${JSON.stringify(principal)}`,
      "Use lower-case letters, digits, dot, underscore and hyphen, at most 64.",
    );
  const bound = input.option("bindKey");
  if (bound !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(bound))
    throw invalid(`--bind-key is ${JSON.stringify(bound)}`, "`sigil client-key list` shows the kids.");
  const scope = input.repeated("scope");
  return {
    principal,
    loa,
    scope: scope.length === 0 ? ["*"] : scope,
    // RFC 9449 section 6.1: the thumbprint of the key that its holder has to prove.
    cnf: bound === undefined ? {} : { cnf: { jkt: bound } },
    days: input.count("days", 1, 3650) ?? 90,
    owner: { id: principal, name: input.option("owner") ?? principal },
  };
}

/** The highest serial that was ever recorded for a principal, 0 when there was none: a licence is never issued twice. */
async function highestSerial(door: Door, principal: string): Promise<number> {
  let highest = 0;
  let cursor: string | undefined;
  do {
    const { body } = await door.call("sigilderg GET /v1/canon", {
      query: { kind: "license.issue", limit: 200, ...(cursor === undefined ? {} : { cursor }) },
    });
    for (const { signed } of body.records) {
      const { sub, serial } = signed.record.payload;
      if (sub === principal && typeof serial === "number") highest = Math.max(highest, serial);
    }
    cursor = body.next ?? undefined;
  } while (cursor !== undefined);
  return highest;
}

/** Whether the door said that the licence is not recorded. Without an answer, or with one of a fault, it may be. */
function wasRefused(error: unknown): boolean {
  return error instanceof WireError && error.code === "door-refused" && (error.problem?.status ?? 500) < 500;
}

function perhapsRecorded(cause: unknown, written: readonly string[]): CliError {
  const where =
    written.length === 0 ? "and was not written to a file" : `and lies in ${written.join(" and ")}`;
  return new CliError(
    "licence-perhaps-recorded",
    `${cause instanceof Error ? cause.message : String(cause)}; the new licence may be recorded all the same, ${where}`,
    "Where older licences of the principal are refused from now on, act with that file: --licence <file>. Otherwise issue again.",
    { cause },
  );
}
