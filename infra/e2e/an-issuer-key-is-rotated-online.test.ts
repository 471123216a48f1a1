import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const { home, parent, remove } = temporaryHome("issuer");
let runtime: Runtime;
let first = "";
let second = "";
beforeAll(async () => {
  runtime = await Runtime.start(home);
}, 90_000);
afterAll(async () => {
  await runtime?.stop();
  remove();
});

const issuers = async () =>
  Object.fromEntries(
    (await runtime.json("issuer", "list")).issuers.map(({ kid, state }: Record<string, string>) => [
      kid,
      state,
    ]),
  );
const trusted = () => JSON.parse(readFileSync(join(home, "trust.json"), "utf8")).keys.issuer;

describe("an issuer key", () => {
  it("is rotated while everything runs: the new one signs, licences of the old one stay good", async () => {
    [first = ""] = Object.keys(await issuers());
    const rotated = await runtime.json("issuer", "rotate");
    second = rotated.kid;
    expect(rotated.before).toBe(first);
    expect(rotated.successors, "one of the two that its owner has").toEqual([
      "sigil license issue --principal owner --loa Root --days 365",
    ]);
    expect(await issuers()).toEqual({ [first]: "active", [second]: "active" });
    expect((await runtime.cli("memory", "write", "under the old issuer")).code).toBe(0);
    const out = join(parent, "ada.jwt");
    await runtime.json(...["license", "issue", "--principal", "ada", "--loa", "Operator", "--out", out]);
    const { claims } = await runtime.json("license", "show", "--licence", out);
    expect(claims.iss).toBe(second);
    const { keys } = (await runtime.door("GET", "/.well-known/sigil-keys", { licence: null })).body;
    const listed = keys.filter((key: { service: string }) => key.service === "issuer");
    expect(listed.map((key: { kid: string }) => key.kid)).toEqual([first, second]);
    expect(trusted().map((pin: { kid: string; to: number | null }) => [pin.kid, pin.to])).toEqual([
      [first, null],
      [second, null],
    ]);
  }, 60_000);

  it("cannot be retired by a licence that it issued itself", async () => {
    const refused = await runtime.cli("issuer", "retire", first, "--reason", "rotation");
    expect([refused.code, refused.stderr.includes("issuer-needed")]).toEqual([1, true]);
  });

  it("is retired by a Root of the new one: its licences are refused from then on, also after a restart", async () => {
    const old = runtime.licence("operator");
    await runtime.json(
      ...["license", "issue", "--principal", "warden", "--loa", "Root", "--out", join(parent, "w.jwt")],
    );
    await runtime.json("issuer", "retire", first, "--reason", "rotation", "--licence", join(parent, "w.jwt"));
    const refused = async () => (await runtime.door("GET", "/v1/licence", { licence: old })).body.code;
    expect(await refused()).toBe("licence-refused");
    const good = () => runtime.cli("memory", "write", "still here", "--licence", join(parent, "ada.jwt"));
    expect((await good()).code).toBe(0);
    await runtime.stop();
    await runtime.start();
    expect(await refused()).toBe("licence-refused");
    expect((await good()).code).toBe(0);
    const doctor = await runtime.cli("key", "list");
    expect([doctor.code, doctor.stdout.includes("another key")]).toEqual([0, false]);
    expect(trusted()[0].to).toBeGreaterThan(0);
  }, 90_000);

  it("comes with the command that gives each licence its successor, so that nobody is locked out when it is retired", async () => {
    const warden = ["--licence", join(parent, "w.jwt")];
    const scoped = [
      "--principal",
      "eve",
      "--loa",
      "Observer",
      "--scope",
      "memory.*",
      "--scope",
      "audit.read",
    ];
    await runtime.json("license", "issue", ...scoped, "--out", join(parent, "eve.jwt"), ...warden);
    const { successors, before } = await runtime.json("issuer", "rotate", ...warden);
    expect(before).toBe(second);
    expect(successors.toSorted()).toEqual([
      "sigil license issue --principal ada --loa Operator --days 90",
      "sigil license issue --principal eve --loa Observer --scope 'memory.*' --scope 'audit.read' --days 90",
      "sigil license issue --principal warden --loa Root --days 90",
    ]);

    let root = "";
    for (const command of successors) {
      const words = command.replaceAll("'", "").split(" ").slice(1);
      root = (await runtime.json(...words, ...warden)).licence;
    }
    const file = join(parent, "w2.jwt");
    writeFileSync(file, root);
    await runtime.json("issuer", "retire", second, "--reason", "rotation", "--licence", file);
    const { licences } = await runtime.json("license", "list", "--licence", file);
    const held = licences.filter((licence: { state: string }) => licence.state === "current");
    expect(held.map(({ sub }: { sub: string }) => sub)).toEqual(
      expect.arrayContaining(["ada", "eve", "warden"]),
    );
    expect((await runtime.door("GET", "/v1/licence", { licence: root })).status).toBe(200);
  }, 60_000);
});
