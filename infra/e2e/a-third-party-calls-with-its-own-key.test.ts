import { execFile, spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Output, Runtime, sigil, temporaryHome } from "./runtime.ts";

const clients = join(import.meta.dirname, "../../docs/examples/clients");
const { home, parent, remove } = temporaryHome("third-party");
const at = (name: string) => join(parent, name);
let runtime: Runtime;
let kid = "";

const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const openssl = has("openssl", "version");
const LANGUAGES = [
  { name: "TypeScript", command: process.execPath, script: "call.ts", there: openssl },
  { name: "Python", command: "python3", script: "call.py", there: openssl && has("python3", "--version") },
] as const;

beforeAll(async () => {
  if (!openssl) return console.warn("skipped: no openssl, with which a third party would draw its key");
  runtime = await Runtime.start(home);
  spawnSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", at("client.pem")]);
  spawnSync("openssl", ["pkey", "-in", at("client.pem"), "-pubout", "-out", at("client.pub")]);
  const enrolled = await runtime.json(
    ...["client-key", "add", "--principal", "ci", "--public-key", at("client.pub")],
    ...["--route", "POST /v1/memory", "--route", "GET /v1/memory/:id"],
  );
  kid = enrolled.kid;
  await runtime.json(
    ...[
      "license",
      "issue",
      "--principal",
      "ci",
      "--loa",
      "Operator",
      "--bind-key",
      kid,
      "--out",
      at("ci.jwt"),
    ],
  );
}, 90_000);
afterAll(async () => {
  await runtime?.stop();
  remove();
});

/** Runs an example as its reader would: in an empty folder, with nothing of Sigil in reach. */
function run(language: (typeof LANGUAGES)[number], ...words: string[]): Promise<Output> {
  const args = [join(clients, language.script), runtime.url, at("client.pem"), at("ci.jwt"), "ci", ...words];
  return new Promise((resolve) => {
    execFile(
      language.command,
      args,
      { cwd: parent, env: { PATH: process.env.PATH } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 255) : 0, stdout, stderr }),
    );
  });
}

for (const language of LANGUAGES) {
  describe(`the example in ${language.name}`, () => {
    if (!language.there) console.warn(`skipped: ${language.command} or openssl is not here`);

    it.skipIf(!language.there)(
      "writes and reads with a licence that is bound to its key, and nobody else can use that licence",
      async () => {
        const text = `from ${language.name}`;
        const written = await run(language, "POST", "/v1/memory", JSON.stringify({ kind: "episodic", text }));
        expect([written.code, written.stderr]).toEqual([0, ""]);
        const { id } = JSON.parse(written.stdout);
        const read = await run(language, "GET", `/v1/memory/${id}`);
        expect(JSON.parse(read.stdout)).toMatchObject({ text, principal: "ci" });
        const [entry] = (await runtime.json("audit", "list", "--principal", "ci", "--action", "memory.write"))
          .entries;
        expect(entry).toMatchObject({ verdict: "allow", outcome: { status: "done" } });
        const bare = await runtime.cli("memory", "get", id, "--licence", at("ci.jwt"));
        expect([bare.code, bare.stderr.includes("licence-refused")]).toEqual([1, true]);
      },
      30_000,
    );

    it.skipIf(!language.there)("is refused on a route that its key is not enrolled for", async () => {
      const { code, stdout } = await run(language, "GET", "/v1/licence");
      expect([code, JSON.parse(stdout).code]).toEqual([1, "envelope-route"]);
    });
  });
}

describe("a client key that is revoked", () => {
  it.skipIf(!openssl)("opens nothing from then on", async () => {
    await runtime.json("client-key", "revoke", kid, "--reason", "the test is over");
    const { code, stdout } = await run(
      LANGUAGES[0],
      "POST",
      "/v1/memory",
      '{"kind":"episodic","text":"late"}',
    );
    expect([code, JSON.parse(stdout).code]).toEqual([1, "envelope-key-unknown"]);
    const { stdout: list } = await runtime.cli("client-key", "list");
    expect(list).toContain("revoked");
  });
});

it.skipIf(!openssl)(
  "a licence that is bound to a key is accepted, validated and acted with by that key alone, and says what it lacks without",
  async () => {
    const [pem, pub, jwt, other] = ["show.pem", "show.pub", "show.jwt", "other.pem"].map(at);
    for (const file of [pem, other])
      spawnSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file as string]);
    spawnSync("openssl", ["pkey", "-in", pem as string, "-pubout", "-out", pub as string]);
    const enrolled = await runtime.json(
      ...["client-key", "add", "--principal", "shown", "--public-key", pub as string],
    );
    await runtime.json(
      ...["license", "issue", "--principal", "shown", "--loa", "Observer"],
      ...["--bind-key", enrolled.kid, "--out", jwt as string],
    );
    const show = (...more: string[]) => runtime.cli("license", "show", jwt as string, ...more);
    const accepted = await show("--key", pem as string);
    expect([accepted.code, accepted.stdout.includes("accepted")]).toEqual([0, true]);
    for (const without of [[], ["--key", other as string]]) {
      const refused = await show(...without);
      expect([refused.code, refused.stdout.includes("refused by the runtime")]).toEqual([1, true]);
    }
    const unread = await show("--key", pub as string);
    expect([unread.code, unread.stderr.includes("argument-invalid")]).toEqual([2, true]);
    const validated = await runtime.cli("license", "validate", jwt as string);
    expect([validated.code, validated.stdout.includes("licence-possession")]).toEqual([1, true]);
    expect(validated.stdout).toContain("--key <file>");
    const proved = await runtime.json("license", "validate", jwt as string, "--key", pem as string);
    expect(proved).toMatchObject({ valid: true, claims: { sub: "shown", cnf: { jkt: enrolled.kid } } });
    const wrong = await runtime.cli("license", "validate", jwt as string, "--key", other as string);
    expect([wrong.code, wrong.stdout.includes("envelope-key-unknown")]).toEqual([1, true]);
    const acting = ["--licence", jwt as string];
    const sealed = await runtime.cli("memory", "list", ...acting, "--client-key", pem as string);
    expect([sealed.code, sealed.stderr]).toEqual([0, ""]);
    const bare = await runtime.cli("memory", "list", ...acting);
    expect([bare.code, bare.stderr.includes("licence-refused")]).toEqual([1, true]);
    const passphrase = { SIGIL_PASSPHRASE_FILE: at("passphrase") };
    const withPassphrase = (...words: string[]) =>
      sigil(home, [...words, ...runtime.flags], { env: passphrase });
    writeFileSync(at("passphrase"), "four words and a hyphen-\n", { mode: 0o600 });
    const made = await withPassphrase("key", "seal", pem as string, "--out", at("show.key"), "--json");
    expect([made.code, JSON.parse(made.stdout).kid]).toEqual([0, enrolled.kid]);
    expect(statSync(at("show.key")).mode & 0o777).toBe(0o600);
    const opened = await withPassphrase("memory", "list", ...acting, "--client-key", at("show.key"));
    expect([opened.code, opened.stderr]).toEqual([0, ""]);
    const unasked = await runtime.cli("memory", "list", ...acting, "--client-key", at("show.key"));
    expect([unasked.code, unasked.stderr.includes("passphrase-missing")]).toEqual([2, true]);
    await runtime.json("license", "revoke", proved.claims.jti, "--reason", "the test is over");
    const revoked = await runtime.cli("license", "validate", jwt as string, "--key", pem as string);
    expect([revoked.code, revoked.stdout.includes("licence-revoked")]).toEqual([1, true]);
  },
  60_000,
);
