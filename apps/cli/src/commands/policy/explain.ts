import { type Facts, LOA, type Loa, supposedFacts } from "@sigil/policy";
import { sourced } from "../../domain/answer/shapes.ts";
import { type Command, type Input, invalid, type Settings } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { type Asker, callerOf, fromRuntime, ownAnswer } from "../../domain/policy-source.ts";
import { dryRunLines } from "../../domain/show/policy.ts";

type Wants = Pick<Needs, "withDoor" | "licenceAbout" | "quorumMode" | "now">;

/**
 * `sigil policy explain <action>`: what would be decided, every reason, the account of the score and what would change it.
 * Asks the running Sigil, which knows the facts; by this command's own table otherwise.
 */
export function policyExplain({ withDoor, licenceAbout, quorumMode, now }: Wants): Command {
  return {
    path: "policy explain",
    action: "local.run",
    group: "Administer",
    summary: "say what would be decided and what would change it, doing nothing",
    arguments: [{ usage: "<action>", summary: "an action of the table, such as memory.write" }],
    options: [
      { flags: "--as <licence>", summary: "for this licence (default: the least one that suffices)" },
      {
        flags: "--level <level>",
        summary: "for a licence of this level and scope *, or for nobody",
        choices: ["nobody", ...LOA],
      },
      {
        flags: "--facts <json>",
        summary: 'supposing these facts, such as {"mode":"quorum","anomaly":0.5}',
      },
    ],
    examples: ["policy explain memory.write", "policy explain memory.write --level Observer"],
    answer: sourced("sigilderg POST /v1/policy/explanations"),
    async run(input) {
      const action = input.argument("action");
      const facts = factsOf(input);
      const { asker, settings } = askerOf(input, licenceAbout);
      const sourced = await fromRuntime(
        withDoor,
        settings,
        "decision.explain",
        async (door) => {
          const level = "licence" in asker ? {} : { level: asker.level };
          const body = { action, ...level, ...(facts === undefined ? {} : { facts }) };
          return (await door.call("sigilderg POST /v1/policy/explanations", { body })).body;
        },
        () => ownAnswer(action, callerOf(asker), { mode: quorumMode(input.settings), ...facts }, now()),
      );
      const { from, answer } = sourced;
      return {
        json: { from, ...answer },
        text: (style) => dryRunLines(sourced, inWords(asker), style),
        exit: answer.decision.verdict === "allow" ? EXIT.done : EXIT.refused,
      };
    },
  };
}

/** Who the question is about, and the settings under which it is asked. */
function askerOf(
  input: Input,
  licenceAbout: Wants["licenceAbout"],
): { readonly asker: Asker; readonly settings: Settings } {
  const level = input.option("level") as Loa | "nobody" | undefined;
  const named = input.option("as");
  if (level !== undefined && named !== undefined)
    throw invalid("--as and --level both say who asks", "Name one of them.");
  const settings = named === undefined ? input.settings : { ...input.settings, licence: named };
  if (level !== undefined) return { asker: { level }, settings };
  const about = licenceAbout(settings, input.argument("action"));
  return about === undefined
    ? { asker: { level: "nobody" }, settings }
    : { asker: { licence: about.licence }, settings: about.settings };
}

function factsOf(input: Input): Partial<Facts> | undefined {
  const text = input.option("facts");
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("--facts is no JSON", `Such as --facts '{"requestRate":0.5}'.`);
  }
  const parsed = supposedFacts.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`--facts ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}

function inWords(asker: Asker): string {
  if ("licence" in asker) {
    const { name, claims } = asker.licence;
    return `${claims.sub}, licence ${name} of ${claims.loa}`;
  }
  return asker.level === "nobody" ? "nobody, without a licence" : `a licence of ${asker.level}`;
}
