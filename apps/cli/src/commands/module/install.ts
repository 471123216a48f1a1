import { type Acceptance, type ResponseOf, WireError } from "@sigil/wire";
import {
  type Difference,
  differences,
  isOlder,
  type ModulePackage,
  type Terms,
} from "@sigil/wire/module-package";
import { INSTALLED, PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command, Result } from "../../domain/command.ts";
import type { Door } from "../../domain/door.ts";
import { CliError } from "../../domain/error.ts";
import { GOVERNING, govern } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { differenceLines, packageLines } from "../../domain/show/package.ts";
import type { Style } from "../../domain/style.ts";

const ACCEPT = ["more", "older", "publisher"] as const satisfies readonly Acceptance[];

type Event = ResponseOf<"sigilderg GET /v1/modules/:id/versions">["events"][number];

/** What the runtime knows of a package that is to be installed. */
interface Standing {
  readonly publisherName: string;
  /** The registration before, revoked or not. */
  readonly before: Terms | undefined;
}

/**
 * `sigil module install <folder|tgz>`: verifies the package, holds its publisher against those that are pinned, shows what its
 * module may do and what changes, copies it into the home and registers it: at once in solo mode, as a proposal in quorum mode.
 */
export function moduleInstall({
  withDoor,
  quorumMode,
  packages,
  homeOf,
  requireHome,
  tell,
}: Pick<Needs, "withDoor" | "quorumMode" | "packages" | "homeOf" | "requireHome" | "tell">): Command {
  return {
    path: "module install",
    action: "module.register",
    group: "Govern",
    summary: "install a module package and let it run; in quorum mode propose it",
    arguments: [{ usage: "<package>", summary: "a package folder, or a .tgz as npm packs it" }],
    options: [
      {
        flags: "--accept <what>",
        summary:
          "agree by name to more than the version before had, to an older version, or to another publisher; may be repeated",
        choices: [...ACCEPT],
        repeat: true,
      },
      ...GOVERNING,
    ],
    examples: [
      "module install ./hello-1.0.0.tgz --reason 'reviewed by us'",
      "module install ./hello-1.1.0 --accept more --reason 'it may write memory now'",
    ],
    answer: [INSTALLED, PROPOSED],
    async run(input) {
      const { settings } = input;
      const home = homeOf(settings);
      requireHome(home);
      const opened = await packages.open(input.argument("package"));
      const { manifest, publisher } = opened;
      const { id, version, digest, capabilities, limits } = manifest;
      const standing = await withDoor(settings, "module.list", (door) => standingOf(door, opened));
      const { before, publisherName } = standing;
      const changes = differences(before, { version, capabilities, limits });
      const accept = ACCEPT.filter((what) => input.repeated("accept").includes(what));
      const shown = (style: Style) => [
        ...packageLines(manifest, publisher, style, publisherName),
        ...differenceLines(before?.version, before === undefined ? [] : changes, style),
      ];
      tell(shown);
      const quorum = quorumMode(settings) === "quorum";
      requireAccepted(opened, before, changes, accept, quorum);
      const request = { id, digest, ...(accept.length === 0 ? {} : { accept }) };
      const { folder, fresh } = await packages.install(home, opened);
      try {
        return await govern({ withDoor, quorumMode }, input, {
          action: "module.register",
          request,
          async alone(door): Promise<Result> {
            const reason = input.option("reason") ?? `installed ${id} ${version} of ${publisherName}`;
            const { body } = await door.call("sigilderg POST /v1/modules", { body: { ...request, reason } });
            return {
              json: { ...body, id, version, digest, folder, changes },
              text: (style) => [
                `${style.good("installed")}  ${id} ${version}, record ${body.record} (solo: one person decided)`,
                `  ${folder}`,
                `  sigil module run ${id} …`,
              ],
            };
          },
        });
      } catch (error) {
        // What was refused is not left lying where the module host would load it.
        if (fresh) await packages.remove(home, digest);
        throw error;
      }
    },
  };
}

/** @throws CliError `publisher-not-pinned` */
async function standingOf(door: Door, { manifest, publisher }: ModulePackage): Promise<Standing> {
  const { publishers } = (await door.call("sigilderg GET /v1/publishers")).body;
  const row = publishers.find(({ kid }) => kid === publisher?.kid);
  if (row?.state !== "active")
    throw new CliError(
      "publisher-not-pinned",
      `the publisher ${publisher?.kid} of ${manifest.id} is ${row === undefined ? "not pinned here" : "revoked"}`,
      row === undefined
        ? `Compare the fingerprint with the publisher's own; then: sigil publisher add --name <name> --public-key ${publisher?.publicKey} --reason <why>`
        : "Ask the publisher for a package under another key.",
    );
  return { publisherName: row.name ?? "", before: await lastRegistration(door, manifest.id) };
}

async function lastRegistration(door: Door, id: string): Promise<Terms | undefined> {
  let last: Event | undefined;
  let cursor: string | undefined;
  do {
    const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
    const page = await door
      .call("sigilderg GET /v1/modules/:id/versions", { params: { id }, query })
      .then(({ body }) => body)
      .catch((error: unknown) => {
        if (error instanceof WireError && error.problem?.code === "module-unknown") return undefined;
        throw error;
      });
    last = page?.events.findLast(({ version }) => version !== null) ?? last;
    cursor = page?.next ?? undefined;
  } while (cursor !== undefined);
  if (last === undefined) return undefined;
  const { version, publisher, capabilities, limits } = last;
  return { version: version ?? "", publisher, capabilities: capabilities ?? [], limits };
}

/** What one person has to agree to by name. The runtime asks the same; here it is asked before anything is copied. */
function requireAccepted(
  { manifest, publisher }: ModulePackage,
  before: Terms | undefined,
  changes: readonly Difference[],
  accept: readonly Acceptance[],
  quorum: boolean,
): void {
  if (before === undefined) return;
  const need = (
    what: Acceptance,
    code: "module-older" | "module-wants-more" | "module-other-publisher",
    why: string,
  ) => {
    if (accept.includes(what)) return;
    throw new CliError(code, why, `If that is meant, say so: --accept ${what}`);
  };
  if (isOlder(manifest.version, before.version))
    need("older", "module-older", `${manifest.version} comes before ${before.version}, which is registered`);
  if (quorum) return;
  if (before.publisher != null && before.publisher !== publisher?.kid)
    need(
      "publisher",
      "module-other-publisher",
      `${before.publisher} signed ${before.version}, and ${publisher?.kid} this one`,
    );
  const more = changes.filter((change) => change.more);
  if (more.length > 0)
    need(
      "more",
      "module-wants-more",
      `beyond ${before.version} it asks for ${more.map(({ text }) => text).join(", ")}`,
    );
}
