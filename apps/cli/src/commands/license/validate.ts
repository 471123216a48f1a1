import { WireError } from "@sigil/wire";
import type { Command, Settings } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";

/**
 * `sigil license validate <file>`: the precise reason for which the door refuses a licence, asked under another one. A licence
 * that is bound to a key and lacks nothing else is then presented by itself, sealed with that key.
 */
export function licenseValidate(needs: Pick<Needs, "withDoor" | "readText" | "licenceFor">): Command {
  const { withDoor, readText } = needs;
  return {
    path: "license validate",
    action: "license.validate",
    group: "Give access",
    summary: "say whether the running Sigil accepts a licence, and exactly why not",
    arguments: [{ usage: "<file>", summary: "the licence, a file" }],
    options: [
      { flags: "--key <file>", summary: "the client key that the licence is bound to, a PEM or sealed file" },
    ],
    examples: ["license validate ci.jwt", "license validate ci.jwt --key client.key"],
    answer: "sigilderg POST /v1/licences/validation",
    async run(input) {
      const file = input.argument("file");
      const licence = readText(file).trim();
      const key = input.option("key");
      const examined = await withDoor(input.settings, "license.validate", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/licences/validation", { body: { licence } });
        return body;
      });
      const unproved = !examined.valid && examined.code === "licence-possession";
      const said =
        unproved && key !== undefined
          ? await presented(needs, { ...input.settings, licence: file, clientKey: key })
          : examined;
      return {
        json: said,
        text: (style) =>
          said.valid
            ? [
                `${style.good("valid")}: ${said.claims.sub} as ${said.claims.loa}, serial ${said.claims.serial}`,
              ]
            : [
                `${style.bad("not valid")}: ${said.code}`,
                `  ${said.detail}`,
                ...(unproved && key === undefined
                  ? [`  With its key: sigil license validate ${file} --key <file>`]
                  : []),
              ],
        exit: said.valid ? EXIT.done : EXIT.refused,
      };
    },
  };
}

/** Presents the licence of `settings` itself, in a request that its key has sealed. */
async function presented(
  { withDoor, licenceFor }: Pick<Needs, "withDoor" | "licenceFor">,
  settings: Settings,
) {
  const claims = licenceFor(settings, "license.validate")?.claims;
  try {
    await withDoor(settings, "license.validate", (door) => door.call("sigilderg GET /v1/licence"));
  } catch (error) {
    if (!(error instanceof WireError) || error.problem === undefined) throw error;
    const { code, detail } = error.problem;
    // The one outward shape; all but the key was found good a moment ago.
    if (code === "licence-refused")
      return {
        valid: false as const,
        code: "licence-possession",
        detail: "the key is not the one that the licence is bound to",
      };
    return { valid: false as const, code, detail };
  }
  if (claims === undefined) throw new Error("a licence that was presented has no claims");
  return { valid: true as const, claims };
}
