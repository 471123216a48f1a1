import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSeed, type SigningKey, signingKey, toBase64url, utf8 } from "@sigil/crypto";
import { sealPackage, verifyPackage, writePackageFolder } from "@sigil/wire/module-package";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PUBLISHER } from "../home.ts";
import { Stack } from "../stack.ts";

let stack: Stack;
const stranger = signingKey(generateSeed());
beforeAll(async () => {
  stack = await Stack.start({
    people: { guest: "Guest", operator: "Operator", root: "Root" },
    services: ["codex-nexus", "mmf", "sigilderg"],
    settings: ["sigilderg.rate_govern=1000"],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

/** Puts a signed package where `sigil module install` does, while the services run; returns its digest. */
async function install(
  id: string,
  version: string,
  terms: { capabilities?: readonly string[]; limits?: object; key?: SigningKey } = {},
): Promise<string> {
  const { capabilities = [], limits = {}, key = PUBLISHER } = terms;
  const draft = {
    ...{
      id,
      version,
      engine: "quickjs-1",
      entry: "dist/module.js",
      input: { type: "object" },
      licence: "MIT",
    },
    ...{ capabilities: capabilities.map((name) => ({ name, scope: {} })), limits },
  };
  const said = `{ context: [], reasoning: "r", suggestion: "${version}", verdict: "Allow", confidence: 1 }`;
  const code = utf8(`export default { async run() { return ${said}; } };`);
  const files = sealPackage(draft, new Map([["dist/module.js", code]]), key);
  await writePackageFolder(files, folderOf(id, version, key));
  return verifyPackage(files).manifest.digest;
}
const folderOf = (id: string, version: string, key = PUBLISHER) =>
  join(stack.home.path, "modules", `${id}-${version}-${key.kid.slice(0, 8).toLowerCase()}`);

const post = async (path: string, body: object): Promise<string> => {
  const answer = await stack.ask("POST", path, { as: "root", body: { reason: "a test", ...body } });
  return answer.status === 201 ? "done" : answer.body.code;
};
const register = (id: string, digest: string, accept: readonly string[] = []) =>
  post("/v1/modules", { id, digest, ...(accept.length === 0 ? {} : { accept }) });
const run = async (id: string): Promise<string> => {
  const { status, body } = await stack.ask("POST", `/v1/modules/${id}/runs`, {
    ...{ as: "operator", body: { input: {} } },
  });
  return status === 200 ? body.output.suggestion : body.code;
};
const listed = async () => (await stack.ask("GET", "/v1/modules", { as: "guest" })).body;
const stateOf = async (digest: string) =>
  (await listed()).others.find((other: { digest: string }) => other.digest === digest)?.state;

describe("a publisher", () => {
  it("who is not pinned has no module that is registered or runs, and one who is revoked none any more", async () => {
    const digest = await install("theirs", "1.0.0", { key: stranger });
    const next = await install("theirs", "1.1.0", { key: stranger });
    expect(await register("theirs", digest)).toBe("publisher-unknown");
    const publicKey = toBase64url(stranger.publicKey.raw);
    expect(await post("/v1/publishers", { name: "stranger", publicKey })).toBe("done");
    expect([await register("theirs", digest), await run("theirs")]).toEqual(["done", "1.0.0"]);
    const { modules } = await listed();
    expect(modules.find((module: { id: string }) => module.id === "theirs")).toMatchObject({
      ...{ publisher: stranger.kid, publisherName: "stranger" },
    });
    expect(await post(`/v1/publishers/${stranger.kid}/revocation`, {})).toBe("done");
    const gone = ["publisher-revoked", "publisher-revoked", "publisher-revoked"];
    const now = async () => [await run("theirs"), await register("theirs", next), await stateOf(digest)];
    expect(await now()).toEqual(gone);
    expect(await post("/v1/publishers", { name: "again", publicKey })).toBe("publisher-known");
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.ready();
    expect(await now()).toEqual(gone);
    const { body } = await stack.ask("GET", "/v1/publishers", { as: "root" });
    expect(body.publishers.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ["tests", "active"],
      ["stranger", "revoked"],
    ]);
  });

  it.each([
    ["a key that is none", { name: "x", publicKey: "A".repeat(43) }, "body-invalid"],
    ["no name", { publicKey: "A".repeat(43) }, "body-invalid"],
  ])("of %s is refused", async (_, body, code) => {
    expect(await post("/v1/publishers", body)).toBe(code);
  });

  it("who never was pinned cannot be revoked, and one who is revoked not again", async () => {
    expect(await post(`/v1/publishers/${"A".repeat(43)}/revocation`, {})).toBe("not-found");
    expect(await post(`/v1/publishers/${stranger.kid}/revocation`, {})).toBe("change-empty");
  });
});

describe("an upgrade of a module", () => {
  it("that asks for no more is registered, and the registered digest alone is what runs", async () => {
    const first = await install("mine", "1.0.0", { capabilities: ["memory.list"] });
    const second = await install("mine", "1.1.0", { capabilities: ["memory.list"] });
    expect([await register("mine", first), await run("mine"), await stateOf(second)]).toEqual([
      ...["done", "1.0.0", "unregistered"],
    ]);
    expect([await register("mine", second), await run("mine"), await stateOf(first)]).toEqual([
      ...["done", "1.1.0", "superseded"],
    ]);
  });

  const MORE: readonly (readonly [string, string, Parameters<typeof install>[2]])[] = [
    ["a capability", "1.2.0", { capabilities: ["memory.list", "memory.write"] }],
    ["a higher limit", "1.3.0", { capabilities: ["memory.list"], limits: { cpuMs: 1000 } }],
  ];
  it.each(MORE)("that asks for %s more needs that agreed to by name", async (_, version, terms) => {
    const digest = await install("mine", version, terms);
    expect(await register("mine", digest)).toBe("module-wants-more");
    expect(await register("mine", digest, ["older", "publisher"])).toBe("module-wants-more");
    expect(await run("mine")).not.toBe(version);
    expect([await register("mine", digest, ["more"]), await run("mine")]).toEqual(["done", version]);
  });

  it("to an older version is refused unless that is agreed to by name", async () => {
    const digest = await install("mine", "0.9.0", { capabilities: ["memory.list"] });
    expect(await register("mine", digest)).toBe("module-older");
    expect([await register("mine", digest, ["older"]), await run("mine")]).toEqual(["done", "0.9.0"]);
  });

  it("by another publisher is refused unless that is agreed to by name", async () => {
    const heir = signingKey(generateSeed());
    const publicKey = toBase64url(heir.publicKey.raw);
    expect(await post("/v1/publishers", { name: "heir", publicKey })).toBe("done");
    const digest = await install("mine", "2.0.0", { capabilities: ["memory.list"], key: heir });
    expect(await register("mine", digest)).toBe("module-other-publisher");
    expect([await register("mine", digest, ["publisher"]), await run("mine")]).toEqual(["done", "2.0.0"]);
  });

  it("leaves on record whose it was, what it may do and use, and what was agreed to by name", async () => {
    const { body } = await stack.ask("GET", "/v1/modules/mine/versions", { as: "guest" });
    const last = body.events.at(-1);
    expect(last).toMatchObject({
      change: "register",
      version: "2.0.0",
      capabilities: [{ name: "memory.list" }],
    });
    expect(last.publisher).not.toBe(PUBLISHER.kid);
    expect(last.limits.cpuMs).toBe(500);
    const record = await stack.ask("GET", `/v1/canon/${last.made.record}`, { as: "root" });
    expect(record.body.signed.record.payload.accept).toEqual(["publisher"]);
  });
});

it("an installed package that was altered is not loaded and named in the list, and the others run", async () => {
  const digest = await install("altered", "1.0.0");
  writeFileSync(join(folderOf("altered", "1.0.0"), "dist/module.js"), "export default {}");
  expect(await register("altered", digest)).toBe("module-not-held");
  const { refused } = await listed();
  expect(refused).toMatchObject([
    { code: "module-file-altered", folder: expect.stringMatching(/^altered-/) },
  ]);
  expect(await run("mine")).toBe("2.0.0");
});
