import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes, toBase64url } from "@sigil/crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const { home, parent, remove } = temporaryHome("quorum");
const at = (name: string) => join(parent, name);
const WITNESSES = ["bea", "cid", "dan"] as const;
let runtime: Runtime;

/** Draws the key of a witness on a machine of its own: no runtime, a home that is not there. */
async function draw(name: string, runtimeId: string): Promise<string> {
  writeFileSync(at(`${name}.pass`), `${toBase64url(randomBytes(32))}\n`, { mode: 0o600 });
  const about = [
    "--id",
    `w-${name}`,
    "--principal",
    name,
    "--runtime",
    runtimeId,
    "--out",
    at(`${name}.key`),
  ];
  const made = await sigil(at("nowhere"), ["witness", "key", ...about, ...passphraseOf(name)]);
  expect([made.code, made.stderr]).toEqual([0, ""]);
  return at(`${name}.key.proof.json`);
}
const passphraseOf = (name: string) => ["--passphrase-file", at(`${name}.pass`)];
const keyOf = (name: string) => ["--key", at(`${name}.key`), ...passphraseOf(name)];
const as = (name: string) => ["--licence", at(`${name}.jwt`)];
const issue = (name: string, loa = "Mentor") =>
  runtime.json("license", "issue", "--principal", name, "--loa", loa, "--out", at(`${name}.jwt`));
/** The code that a command is refused with, and whether it says what to do. */
async function refusal(...words: string[]): Promise<string> {
  const { code, stderr } = await runtime.cli(...words);
  const [, named = `exit ${code}: ${stderr}`] = /^error: ([a-z-]+): .+[\s\S]*^remedy: .+/m.exec(stderr) ?? [];
  return named;
}
const show = (id: string) => runtime.json("proposal", "show", id);

let proofs: string[] = [];
beforeAll(async () => {
  runtime = await Runtime.start(home);
  const { runtimeId } = await runtime.json("quorum", "status");
  proofs = await Promise.all(WITNESSES.map((name) => draw(name, runtimeId)));
}, 120_000);
afterAll(async () => {
  await runtime?.stop();
  remove();
});

describe("the ceremony of a quorum", () => {
  it("is refused until each witness could attest, and until somebody says that there is no way back", async () => {
    expect(await refusal("quorum", "enter", ...proofs.slice(1), "--yes")).toBe("argument-invalid");
    expect(await refusal("quorum", "enter", ...proofs, "--yes")).toBe("witness-unlicensed");
    for (const name of [...WITNESSES, "paul"]) await issue(name);
    expect(await refusal("quorum", "enter", ...proofs)).toBe("confirmation-missing");
    expect((await runtime.json("quorum", "status")).mode).toBe("solo");
  }, 60_000);

  it("enrols them for good, and status, doctor and the trust file say so", async () => {
    const { ceremony } = await runtime.json("quorum", "enter", ...proofs, "--yes");
    expect(await runtime.json("quorum", "status")).toMatchObject({ mode: "quorum", majority: 2, ceremony });
    expect(JSON.parse(readFileSync(join(home, "trust.json"), "utf8")).quorum).toEqual({
      ...{ mode: "quorum", ceremony: ceremony.hash },
    });
    const [status, doctor, again] = await Promise.all([
      runtime.cli("status"),
      runtime.cli("doctor"),
      refusal("quorum", "enter", ...proofs, "--yes"),
    ]);
    expect(status.stdout).toContain("mode quorum");
    expect(doctor.stdout).toContain("mode quorum");
    expect(again).toBe("quorum-entered");
  }, 60_000);
});

describe("a policy change", () => {
  let id = "";
  let digest = "";
  const table = () => at("table.json");

  it("is a proposal, which shows what would be different and waits for two others", async () => {
    const { actions } = await runtime.json("policy", "show");
    const rows = actions.map((row: { action: string }) =>
      row.action === "memory.write" ? { ...row, least: "Mentor" } : row,
    );
    writeFileSync(table(), JSON.stringify({ actions: rows }));
    const why = ["--reason", "mentors alone write memory", "--expires", "12h"];
    const { proposed } = await runtime.json("policy", "change", table(), ...why, ...as("paul"));
    id = proposed.proposal.id;
    const shown = await show(id);
    digest = shown.digest;
    expect(shown).toMatchObject({ state: "open", have: 0, need: 2, digest: proposed.digest });
    expect(shown.account.table.inForce).toEqual([
      { op: "replace", path: "/memory.write/least", before: "Operator", after: "Mentor" },
    ]);
    const listed = (await runtime.json("proposal", "list", "--action", "policy.change", "--limit", "1"))
      .proposals;
    expect(listed).toMatchObject([{ id, state: "open" }]);
    expect((await runtime.cli("memory", "write", "an operator still may")).code).toBe(0);
  }, 60_000);

  it("takes no vote with a wrong passphrase, of a foreign key, unseen, or of somebody who is no witness", async () => {
    await draw("eve", JSON.parse(readFileSync(join(home, "trust.json"), "utf8")).runtimeId);
    const attest = (...words: string[]) => refusal("proposal", "attest", id, "--digest", digest, ...words);
    const wrong = ["--key", at("bea.key"), ...passphraseOf("cid")];
    expect(
      await Promise.all([
        attest(...wrong, ...as("bea")),
        attest(...keyOf("eve"), ...as("bea")),
        attest(...keyOf("bea"), ...as("paul")),
        refusal("proposal", "attest", id, ...keyOf("bea"), ...as("bea")),
        refusal("proposal", "show", "01900000-0000-7000-8000-000000000000"),
        refusal("proposal", "commit", id),
      ]),
    ).toEqual([
      "key-file-refused",
      "witness-key-unknown",
      "action-denied",
      "confirmation-missing",
      "not-found",
      "quorum-not-reached",
    ]);
  }, 60_000);

  it("takes a vote from the machine of its witness, and one that was signed where no runtime is", async () => {
    const attest = ["proposal", "attest", id, "--digest", digest, ...keyOf("bea"), ...as("bea")];
    expect(await runtime.json(...attest)).toMatchObject({
      state: "open",
      have: 1,
      missing: ["w-cid", "w-dan"],
    });
    expect(await refusal(...attest)).toBe("duplicate-witness");
    await runtime.json("proposal", "export", id, "--out", at("request.json"));
    const sign = (request: string, out: string) =>
      sigil(at("nowhere"), [
        "proposal",
        "sign",
        at(request),
        "--digest",
        digest,
        ...keyOf("cid"),
        "--out",
        at(out),
      ]);
    const signed = await sign("request.json", "vote.json");
    expect([signed.code, signed.stdout.includes('"Operator" → "Mentor"')]).toEqual([0, true]);
    const request = readFileSync(at("request.json"), "utf8");
    writeFileSync(at("altered.json"), request.replace('"requiredK": 2', '"requiredK": 1'));
    expect((await sign("altered.json", "none.json")).stderr).toContain("error: request-damaged: ");
    const vote = readFileSync(at("vote.json"), "utf8");
    writeFileSync(at("damaged.json"), vote.replace('"approve"', '"reject"'));
    writeFileSync(at("cut.json"), vote.slice(0, -9));
    expect(await refusal("proposal", "import", at("cut.json"), ...as("cid"))).toBe("attestation-damaged");
    expect(await refusal("proposal", "import", at("damaged.json"), ...as("cid"))).toBe("bad-signature");
    expect(await refusal("proposal", "import", at("vote.json"), ...as("dan"))).toBe("vote-of-another");
    const handed = await runtime.json("proposal", "import", at("vote.json"), ...as("cid"));
    expect(handed).toMatchObject({ state: "approved", have: 2 });
  }, 60_000);

  it("is in force with the next request after its commit, and whoever watched it is told", async () => {
    const watched = runtime.cli("proposal", "watch", id);
    const { effects, record } = await runtime.json("proposal", "commit", id);
    const words = ["memory", "write", "an operator may no more"];
    const refused = await runtime.cli(...words, "--licence", "operator");
    expect([refused.code, refused.stderr.includes("level-too-low")]).toEqual([1, true]);
    // Without a licence named, the command takes the least that suffices by the table in force.
    expect((await runtime.cli(...words)).code).toBe(0);
    expect((await watched).code).toBe(0);
    const folder = at("elsewhere");
    mkdirSync(folder);
    writeFileSync(join(folder, "trust.json"), readFileSync(join(home, "trust.json")));
    const ids = [...effects, record].map((placed: { id: string }) => placed.id);
    await runtime.json("canon", "export", ...ids, "--out", join(folder, "bundle.json"));
    const verify = (bundle: string) =>
      sigil(at("nowhere"), ["verify", bundle, "--trust", "trust.json", "--json"], { cwd: folder });
    const good = JSON.parse((await verify("bundle.json")).stdout);
    expect([good.verdict, JSON.stringify(good.steps)]).toEqual([
      "verified",
      expect.stringContaining("w-bea"),
    ]);
    const bundle = JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8"));
    const without = bundle.entries.filter(
      (entry: { record: { record: { kind: string } } }) => entry.record.record.kind !== "proposal.vote",
    );
    expect(without.length).toBe(bundle.entries.length - 2);
    writeFileSync(join(folder, "fewer.json"), JSON.stringify({ ...bundle, entries: without }));
    expect(JSON.parse((await verify("fewer.json")).stdout)).toMatchObject({
      ...{ verdict: "refused", code: "quorum-missing" },
    });
  }, 60_000);
});

describe("a proposal at the terminal", () => {
  it("is refused by name when it is too large, hides characters, or asks for nothing new; a proposer's own vote is none", async () => {
    const propose = (request: object, reason: string, ...who: string[]) => [
      "proposal",
      "create",
      "log-policy.change",
      "--request",
      JSON.stringify(request),
      "--reason",
      reason,
      ...who,
    ];
    const policy = { policy: "quorum none\n", acknowledge: "durable", timeoutMs: 700 };
    const { actions } = JSON.parse(readFileSync(at("table.json"), "utf8"));
    const noted = actions.map((row: object) => ({ ...row, note: "…".repeat(256) }));
    writeFileSync(at("large.json"), JSON.stringify(noted));
    const { proposed } = await runtime.json(...propose(policy, "cosigners", ...as("bea")));
    const { id } = proposed.proposal;
    const sign = [id, "--digest", proposed.digest];
    expect(
      await Promise.all([
        refusal("policy", "change", at("large.json"), "--reason", "notes", ...as("paul")),
        refusal(...propose(policy, "a turn\u202eed reason", ...as("paul"))),
        refusal("policy", "change", at("table.json"), "--reason", "again", ...as("paul")),
        refusal("proposal", "attest", ...sign, ...keyOf("bea"), ...as("bea")),
        refusal("proposal", "withdraw", id, "--reason", "not mine", ...as("paul")),
      ]),
    ).toEqual(["record-too-large", "body-invalid", "change-empty", "self-attestation", "action-denied"]);
    // Two must agree, and but two are not the proposer: one no is enough.
    await runtime.json("proposal", "reject", ...sign, ...keyOf("cid"), ...as("cid"));
    expect(await show(id)).toMatchObject({ state: "rejected", have: 0 });
    const watched = await runtime.cli("proposal", "watch", id);
    expect([watched.code, watched.stdout.includes("rejected")]).toEqual([1, true]);
  }, 60_000);
});

describe("a lockdown", () => {
  it("is left when the witnesses agree: their votes on that go on in it, and no others", async () => {
    const propose = (...words: string[]) =>
      runtime.json(...words).then(({ proposed }) => [proposed.proposal.id, proposed.digest]);
    const policy = JSON.stringify({ policy: "quorum none\n", acknowledge: "durable", timeoutMs: 700 });
    const create = (action: string, request: string) =>
      propose("proposal", "create", action, "--request", request, "--reason", "as agreed");
    const [another, of] = await create("log-policy.change", policy);
    await runtime.json("lockdown", "enter", "--reason", "something is odd");
    const attest = (id: string, digest: string, name: string) => [
      "proposal",
      "attest",
      id,
      "--digest",
      digest,
      ...keyOf(name),
      ...as(name),
    ];
    expect(await refusal(...attest(another, of, "cid"))).toBe("locked-down");
    const [id, digest] = await create("lockdown.leave", JSON.stringify({ reason: "all clear" }));
    for (const name of ["bea", "cid"]) await runtime.json(...attest(id, digest, name));
    await runtime.json("proposal", "commit", id);
    expect((await runtime.cli("lockdown", "status")).stdout).toContain("not in lockdown");
  }, 60_000);
});
