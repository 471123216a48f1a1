// Every way into Sigil, as a table: who comes, by which door, for which action, and what they are told.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile, proveWitness, signAttestation } from "@sigil/canon";
import { generateSeed, Secret, type SigningKey, signingKey, utf8 } from "@sigil/crypto";
import { ROUTES, type RouteRow, routePath, sealRequest } from "@sigil/wire";
import { adapters } from "../../../apps/cli/src/adapters.ts";
import { program } from "../../../apps/cli/src/app.ts";
import { allCommands } from "../../../apps/cli/src/commands/index.ts";
import type { Command } from "../../../apps/cli/src/domain/command.ts";
import { newWitnessKey } from "../../../apps/cli/src/domain/quorum/witness-key.ts";
import { instanceOf } from "../keys.ts";
import type { Runtime } from "../runtime.ts";

/** Nobody, or the file with a licence of one level. */
export interface Person {
  readonly name: string;
  readonly licence: string | null;
  readonly file: string | null;
  /** A program of that level: its enrolled key, and a licence that is worth nothing without it. */
  readonly program: { readonly name: string; readonly key: SigningKey; readonly licence: string | null };
}

/** One way to ask for one action. */
export interface Way {
  readonly action: string;
  /** Route or command, for whoever reads a failure. */
  readonly name: string;
  readonly ask: (person: Person) => Promise<Told>;
}

/** What somebody is told. */
export interface Told {
  /** `yes` when the action was allowed, whatever became of it; else the status that the denial answers. */
  readonly answer: string;
  /** Code and reasons of a denial, as they are told. */
  readonly why: string;
}

interface Refusal {
  readonly code: string;
  readonly detail?: string;
}

/** A door: everything that can be asked through it. A new door is one more line in the table of the suite. */
export type Door = (runtime: Runtime, folder: string) => readonly Way[];

const DENIED: ReadonlySet<string> = new Set([
  "level-too-low",
  "out-of-scope",
  "trust-too-low",
  "action-denied",
]);

/** What an answer means for the action. Anything that was refused after the gate had let it in is a yes. */
export function meaning(status: number, refusal: Refusal | undefined): Told {
  const { code = "", detail = "" } = refusal ?? {};
  if (code === "licence-refused" || code === "licence-none-fits") return { answer: "401", why: "" };
  if (!DENIED.has(code)) return { answer: "yes", why: "" };
  return { answer: String(status), why: `${code}: ${detail}` };
}

const UUID = "01900000-0000-7000-8000-000000000000";
const PARAMS = {
  id: UUID,
  jti: UUID,
  kid: "A".repeat(43),
  action: "memory.read",
  tile: "0/000",
  index: "0",
  call: "memory.list",
};

/** One request as a door sends it. */
interface Asked {
  readonly method: RouteRow["method"];
  readonly url: string;
  /** Refused by its schema, after the gate: nothing that is allowed here happens. Empty where a route takes none. */
  readonly body: string;
}

/** A door for every licensed route; `credential` is what shows who comes. */
function httpDoor(
  credential: (runtime: Runtime) => (asked: Asked, person: Person) => Promise<Record<string, string>>,
): Door {
  return (runtime) => {
    const shown = credential(runtime);
    const licensed = ROUTES.filter(({ service, auth }) => service === "sigilderg" && auth === "licence");
    return licensed.map((route: RouteRow): Way => {
      const name = `${route.method} ${route.path}`;
      return {
        action: route.action,
        name,
        async ask(person) {
          const id = route.path.startsWith("/v1/modules/:id") ? "nothing" : UUID;
          const url = routePath(`${route.service} ${route.method} ${route.path}`, { ...PARAMS, id });
          const body = route.maxBytes > 0 ? '{"no such field":true}' : "";
          const gone = new AbortController();
          const response = await fetch(runtime.url + url, {
            method: route.method,
            headers: {
              ...(body === "" ? {} : { "content-type": "application/json" }),
              ...(await shown({ method: route.method, url, body }, person)),
            },
            ...(body === "" ? {} : { body }),
            signal: gone.signal,
          });
          const isProblem = response.headers.get("content-type")?.includes("problem") === true;
          const problem = isProblem ? ((await response.json()) as Refusal) : undefined;
          const code = problem?.code;
          // A stream would go on.
          gone.abort();
          if (code !== undefined && /^(envelope-|csrf-|origin-|content-type$)/.test(code))
            throw new Error(`${name} was not asked as ${person.name}: ${code}`);
          return meaning(response.status, problem);
        },
      };
    });
  };
}

export const bearer = httpDoor(
  () =>
    async (_, { licence }): Promise<Record<string, string>> =>
      licence === null ? {} : { authorization: `Bearer ${licence}` },
);

/** A session of the person for each request, and a token for each that changes something. */
export const cookie = httpDoor(({ url: origin }) => async ({ method }, { licence }) => {
  const json = { origin, "content-type": "application/json" };
  const made = (path: string, headers: Record<string, string>) =>
    fetch(`${origin}${path}`, { method: "POST", headers: { ...json, ...headers } });
  if (licence === null) {
    const invented = "A".repeat(43);
    return { ...json, cookie: `sigil_session=${invented}`, "x-sigil-session": invented };
  }
  const opened = await made("/v1/session", { authorization: `Bearer ${licence}` });
  const session = {
    cookie: opened.headers.get("set-cookie")?.split(";")[0] ?? "",
    "x-sigil-session": ((await opened.json()) as { secret: string }).secret,
  };
  if (method === "GET") return { origin, ...session };
  const minted = await made("/v1/session/csrf", session);
  return { ...json, ...session, "x-sigil-csrf": ((await minted.json()) as { token: string }).token };
});

/** A program seals each request with its own key, beside the licence that is bound to it. */
export const envelope = httpDoor((runtime) => {
  const instance = instanceOf(runtime.url, runtime.home);
  return async ({ method, url, body }, { program: { name, key, licence } }) => {
    const { header } = sealRequest({
      ...{ key, iss: name, method, url, body: utf8(body), now: Date.now() },
      contentType: body === "" ? "" : "application/json",
      aud: `sigilderg/${await instance}`,
      licence: licence ?? undefined,
    });
    return {
      "sigil-envelope": header,
      ...(licence === null ? {} : { authorization: `Bearer ${licence}` }),
    };
  };
});

/** Refused at the door behind the gate, so that nothing is done. */
const tooLong = (characters: number) => ["--reason", "x".repeat(characters)];
const SOME_KEY = "A".repeat(43);
/** Of every sealed key that a command is given. */
const PASSPHRASE = "A".repeat(43);
const NO_DIGEST = `sha256:${"0".repeat(64)}`;
const WHY = ["--reason", "asked"];

function fileIn(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** The proof of a fresh witness key for the runtime of a home. */
function proofIn(folder: string, home: string, replaces: string | null = null): string {
  const { runtimeId } = parseTrustFile(readFileSync(join(home, "trust.json"), "utf8"));
  const about = { runtimeId, id: "nobody", principal: "nobody", replaces };
  const witness = proveWitness(about, signingKey(generateSeed()));
  const proof = { v: 1, type: "sigil-witness-proof", witness, old: null };
  return fileIn(folder, `${replaces ?? "first"}.proof.json`, JSON.stringify(proof));
}

function keyIn(folder: string): string {
  const passphrase = Secret.from(utf8(PASSPHRASE));
  return fileIn(folder, "nobody.key", newWitnessKey(passphrase, "2026-11-25T12:00:00.000Z").file);
}

function voteIn(folder: string): string {
  const about = { proposalDigest: NO_DIGEST, verdict: "approve", witness: "nobody" } as const;
  const vote = signAttestation({ ...about, iat: "2026-11-25T12:00:00.000Z" }, signingKey(generateSeed()));
  const file = { v: 1, type: "sigil-attestation", proposal: UUID, vote, reason: "" };
  return fileIn(folder, "vote.json", JSON.stringify(file));
}

/** What a command is given where one value for every argument does not do. */
const WORDS: Readonly<Record<string, (folder: string, home: string) => readonly string[]>> = {
  "module run": () => ["nothing", "--input", "{}"],
  "canon export": (folder) => [UUID, "--out", join(folder, "bundle.json")],
  "canon import": (folder) => [fileIn(folder, "entries.jsonl", '{"slug":"x","title":"x","text":"x"}\n')],
  "memory import": (folder) => [fileIn(folder, "blocks.jsonl", '{"kind":"episodic","text":"x"}\n')],
  "license issue": (folder) => [
    ...["--principal", `p-${crypto.randomUUID().slice(0, 8)}`, "--loa", "Guest"],
    ...["--out", join(folder, `${crypto.randomUUID()}.jwt`)],
  ],
  "license validate": (folder) => [join(folder, "m-guest.jwt")],
  "license revoke": () => [UUID, ...tooLong(3000)],
  "lockdown enter": () => tooLong(3000),
  "lockdown leave": () => tooLong(3000),
  "issuer retire": () => [SOME_KEY, ...tooLong(300)],
  "client-key add": () => ["--principal", "No Name", "--public-key", SOME_KEY],
  "client-key rotate": () => ["no-kid", "--public-key", SOME_KEY],
  "client-key revoke": () => [SOME_KEY, ...tooLong(300)],
  "record erase": () => ["nobody-of-that-name", "--yes"],
  "log policy": (folder) => [fileIn(folder, "no-policy.txt", "this is no policy\n")],
  "trust check": () => ["memory.read"],
  "review approve": () => [UUID, ...WHY],
  "review deny": () => [UUID, ...WHY],
  "license show": () => [],
  "quorum enter": (folder, home) => [...Array(3).fill(proofIn(folder, home)), "--yes"],
  "witness add": (folder, home) => [proofIn(folder, home), ...WHY],
  "witness rotate": (folder, home) => [proofIn(folder, home, SOME_KEY), ...WHY],
  "witness revoke": () => ["nobody", ...WHY],
  "proposal create": () => ["policy.change", "--request", "{}", ...WHY],
  "proposal withdraw": () => [UUID, ...WHY],
  "proposal attest": (folder) => [UUID, "--key", keyIn(folder)],
  "proposal reject": (folder) => [UUID, "--key", keyIn(folder)],
  "proposal import": (folder) => [voteIn(folder)],
  "policy change": (folder) => [fileIn(folder, "no-table.json", "[]"), ...WHY],
  "trust change": (folder) => [fileIn(folder, "no-model.json", "{}"), ...WHY],
  "config change": () => ["no_such.setting=1", ...WHY],
  // Registered already, and its publisher is pinned: what comes of it is the gate's to say.
  "module install": () => [join(import.meta.dirname, "../../../apps/mmf/dist/modules/hello"), ...WHY],
  "publisher add": () => ["--name", "nobody", "--public-key", SOME_KEY, ...WHY],
  "publisher revoke": () => [SOME_KEY, ...WHY],
  "module register": () => ["nothing", NO_DIGEST, ...WHY],
  "module revoke": () => ["nothing", NO_DIGEST, ...WHY],
  "module reinstate": () => ["nothing", NO_DIGEST, ...WHY],
  "store backup": (folder) => [join(folder, "no-such-folder/backup.db")],
  "store restore": (folder) => [join(folder, "no-such-backup.db")],
  "store migrate": (folder) => [join(folder, "no-such-store.jsonl")],
};

/** Commands that do not end by themselves, or not soon, are interrupted. */
const ENDLESS_MS: Readonly<Record<string, number>> = { "audit follow": 800, selftest: 300 };

const wordsOf = ({ path, arguments: given = [] }: Command, folder: string, home: string): readonly string[] =>
  WORDS[path]?.(folder, home) ??
  given.filter(({ usage }) => usage.startsWith("<")).map(({ choices }) => choices?.[0] ?? UUID);

/** The command itself, in this process, over its own adapters and the real door. */
export const cli: Door = (runtime, folder) => {
  const apps = join(import.meta.dirname, "../../../apps");
  const silent = {
    emit: () => undefined,
    emitLine: () => undefined,
    tell: () => undefined,
    say: () => undefined,
    progress: () => undefined,
    warn: () => undefined,
    stdin: async () => "",
    ask: async () => undefined,
    answer: async () => undefined,
  };
  const needs = (signal: AbortSignal) =>
    adapters({
      ...{ apps, signal, console: silent, atExit: () => undefined },
      command: join(apps, "cli/dist/sigil.js"),
      env: { PATH: process.env.PATH, SIGIL_HOME: runtime.home, SIGIL_PASSPHRASE: PASSPHRASE },
    });
  const idle = needs(new AbortController().signal);
  return allCommands(idle, idle).map((command) => ({
    action: command.action,
    name: `sigil ${command.path}`,
    async ask({ file }) {
      const signal = AbortSignal.timeout(ENDLESS_MS[command.path] ?? 60_000);
      const here = needs(signal);
      const all = allCommands(here, here);
      const parser = program(all, "0", async (called, input) => {
        await here.admitHere(input.settings, called.action);
        await called.run(input);
      });
      const words = [...command.path.split(" "), ...wordsOf(command, folder, runtime.home), ...runtime.flags];
      // Nobody is a home without licences.
      const who = file === null ? [] : ["--licence", file];
      try {
        await parser.parseAsync([...words, ...who], { from: "user" });
        return { answer: "yes", why: "" };
      } catch (error) {
        const { message: detail, problem } = error as Error & { problem?: Refusal & { status: number } };
        const { code } = error as { readonly code?: unknown };
        // What a command was interrupted by has no code, or a number.
        if (typeof code !== "string") return meaning(200, problem);
        if (code === "argument-invalid" || code.startsWith("commander."))
          throw new Error(
            `sigil ${command.path} was not asked anything (${(error as Error).message}): give it WORDS`,
          );
        if (problem !== undefined) return meaning(problem.status, problem);
        return meaning(403, { code, detail });
      }
    },
  }));
};
