import { generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { People, Voter } from "../people.ts";
import { Stack } from "../stack.ts";

let stack: Stack;
let people: People;
const [mia, max, mo, mae] = ["mia", "max", "mo", "mae"].map((name) => new Voter(name)) as [
  Voter,
  Voter,
  Voter,
  Voter,
];
beforeAll(async () => {
  stack = await Stack.start({
    people: {
      olga: "Observer",
      paul: "Mentor",
      mia: "Mentor",
      max: "Mentor",
      mo: "Mentor",
      mae: "Mentor",
      rita: "Root",
    },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.rate_govern=1000", "sigilderg.rate_write=1000"],
  });
  await stack.readyWithoutMmf();
  people = new People(stack);
}, 60_000);
afterAll(() => stack?.close());

const code = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];
const policy = (timeoutMs: number) => ({ policy: "quorum none\n", acknowledge: "durable", timeoutMs });
/** A proposal of a log policy, by Paul. */
const proposed = async (timeoutMs: number, more = {}) => {
  const { body, status } = await people.propose("paul", "log-policy.change", policy(timeoutMs), more);
  expect([status, body.code]).toEqual([201, undefined]);
  return { id: body.proposal.id as string, digest: body.digest as string };
};

describe("in solo mode", () => {
  it("a proposal is approved from the first moment, and its commit is marked solo", async () => {
    const { body } = await people.propose("rita", "log-policy.change", policy(700));
    expect(body).toMatchObject({ state: "approved", have: 0, need: 0, missing: [] });
    const done = await people.commit("rita", body.proposal.id);
    expect([done.status, done.body.state, done.body.effects.length]).toEqual([201, "committed", 1]);
    expect(code(await people.commit("rita", body.proposal.id))).toEqual([409, "proposal-closed"]);
    const decision = await stack.ask("GET", `/v1/decisions/${done.body.decision}`, { as: "rita" });
    expect(JSON.stringify(decision.body)).toContain("solo-mode");
  });

  it("nobody is a witness", async () => {
    expect((await stack.ask("GET", "/v1/quorum", { as: "olga" })).body).toEqual({
      ...{ mode: "solo", ceremony: null, version: 0, active: [], majority: 0 },
    });
    const added = await people.propose("rita", "witness.add", { witness: mia.proof(stack.home.runtimeId) });
    expect(code(added)).toEqual([409, "quorum-absent"]);
  });
});

describe("the ceremony", () => {
  it("is refused for a key twice, a foreign runtime, too few, and anybody but a Root", async () => {
    expect((await people.enter("rita", [mia, max])).status).toBe(422);
    expect(code(await people.enter("paul", [mia, max, mo]))).toEqual([403, "level-too-low"]);
    expect(code(await people.enter("rita", [mia, max, mia]))).toEqual([409, "witness-known"]);
    const witnesses = [mia, max, mo].map((voter) => voter.proof("another-runtime"));
    const foreign = await stack.ask("POST", "/v1/quorum", { as: "rita", body: { witnesses } });
    expect(code(foreign)).toEqual([422, "body-invalid"]);
    expect((await stack.ask("GET", "/v1/quorum", { as: "olga" })).body.mode).toBe("solo");
  });

  it("brings quorum mode into force at once and for good, and stales what one person could do before", async () => {
    const before = await people.propose("rita", "log-policy.change", policy(701));
    const entered = await people.enter("rita", [mia, max, mo]);
    expect(entered.status).toBe(201);
    expect(code(await people.enter("rita", [mia, max, mo]))).toEqual([409, "quorum-entered"]);
    expect(code(await people.commit("rita", before.body.proposal.id))).toEqual([409, "proposal-stale"]);
    const alone = await stack.ask("POST", "/v1/log/policy", { as: "rita", body: policy(702) });
    expect(alone.status).toBe(403);
    expect(JSON.stringify(alone.body)).toContain("log-policy.change needs a majority");
    await stack.stopService("sigilderg", "SIGKILL");
    await stack.serve("sigilderg");
    await stack.readyWithoutMmf();
    const view = (await stack.ask("GET", "/v1/quorum", { as: "olga" })).body;
    expect(view).toMatchObject({ mode: "quorum", version: 1, majority: 2, ceremony: entered.body.ceremony });
  });
});

describe("a proposal", () => {
  it("is committed once two others have approved, and shows who is missing until then", async () => {
    const proposal = await proposed(710);
    const early = await people.commit("rita", proposal.id);
    expect(code(early)).toEqual([409, "quorum-not-reached"]);
    expect(early.body.missing).toEqual(["w-mia", "w-max", "w-mo"]);
    expect((await people.attest(mia, proposal)).body).toMatchObject({ state: "open", have: 1, need: 2 });
    expect((await people.attest(max, proposal)).body).toMatchObject({ state: "approved", have: 2 });
    const shown = (await people.show("mia", proposal.id)).body;
    expect(shown.changes).toContainEqual({ op: "replace", path: "/timeoutMs", before: 700, after: 710 });
    expect(shown.approvedToday).toMatchObject({ count: 1, latest: [{ proposal: proposal.id }] });
    expect(shown.votes.map(({ counts }: { counts: boolean }) => counts)).toEqual([true, true]);
    const done = await people.commit("rita", proposal.id);
    expect(done.status).toBe(201);
    expect((await people.show("olga", proposal.id)).body).toMatchObject({
      state: "committed",
      approvedToday: null,
    });
  });

  it("takes one vote of a witness, of its own person, its own key and its own digest", async () => {
    const proposal = await proposed(711);
    const other = await proposed(712);
    const foreign = signingKey(generateSeed());
    expect(code(await people.hand("mia", proposal.id, mia.vote(other.digest)))).toEqual([
      422,
      "wrong-digest",
    ]);
    expect(
      code(await people.hand("mia", proposal.id, mia.vote(proposal.digest, "approve", foreign))),
    ).toEqual([422, "bad-signature"]);
    expect(code(await people.hand("mia", proposal.id, max.vote(proposal.digest)))).toEqual([
      403,
      "vote-of-another",
    ]);
    expect(code(await people.hand("mia", proposal.id, mae.vote(proposal.digest)))).toEqual([
      403,
      "unknown-witness",
    ]);
    expect((await people.hand("olga", proposal.id, mia.vote(proposal.digest))).status).toBe(403);
    expect((await people.attest(mia, proposal)).status).toBe(201);
    expect(code(await people.attest(mia, proposal))).toEqual([409, "duplicate-witness"]);
    expect(code(await people.attest(mia, proposal, "reject"))).toEqual([409, "duplicate-witness"]);
    expect((await people.show("olga", proposal.id)).body).toMatchObject({ have: 1, state: "open" });
  });

  it("of a witness does not count the proposer's own vote", async () => {
    const { body } = await people.propose("mia", "log-policy.change", policy(713));
    expect(body.missing).toEqual(["w-max", "w-mo"]);
    const own = await people.attest(mia, { id: body.proposal.id, digest: body.digest });
    expect(code(own)).toEqual([403, "self-attestation"]);
  });

  it("is rejected for good once its quorum cannot be reached", async () => {
    const proposal = await proposed(714);
    await people.attest(mia, proposal, "reject");
    expect((await people.attest(max, proposal, "reject")).body.state).toBe("rejected");
    expect(code(await people.attest(mo, proposal))).toEqual([409, "proposal-closed"]);
    expect(code(await people.commit("rita", proposal.id))).toEqual([409, "proposal-closed"]);
  });

  it("is withdrawn by whoever made it, and by nobody else", async () => {
    const proposal = await proposed(715);
    const withdraw = (as: string) =>
      stack.ask("POST", `/v1/proposals/${proposal.id}/withdrawal`, { as, body: { reason: "not needed" } });
    expect((await withdraw("mia")).status).toBe(403);
    expect((await withdraw("paul")).body.state).toBe("withdrawn");
    expect(code(await people.attest(mo, proposal))).toEqual([409, "proposal-closed"]);
  });

  it("is over at its time", async () => {
    const proposal = await proposed(716, { expiresInSeconds: 1 });
    await people.attest(mia, proposal);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(code(await people.attest(max, proposal))).toEqual([409, "proposal-expired"]);
    expect(code(await people.commit("rita", proposal.id))).toEqual([409, "proposal-expired"]);
  });

  it("of a stream that another went on with is stale", async () => {
    const [one, other] = [await proposed(717), await proposed(718)];
    for (const proposal of [one, other]) {
      await people.attest(mia, proposal);
      await people.attest(max, proposal);
    }
    expect((await people.commit("rita", one.id)).status).toBe(201);
    expect(code(await people.commit("rita", other.id))).toEqual([409, "proposal-stale"]);
  });

  it("of fifty commits at once is written once", async () => {
    const proposal = await proposed(719);
    await people.attest(mia, proposal);
    await people.attest(mo, proposal);
    const all = await Promise.all(Array.from({ length: 50 }, () => people.commit("rita", proposal.id)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(all.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(
      new Set(["proposal-closed"]),
    );
  });

  it("is asked for in plain text, of an action that is proposed, with a body that its route would take", async () => {
    const hidden = await people.propose("paul", "log-policy.change", policy(720), {
      reason: "all\u202egood",
    });
    expect(code(hidden)).toEqual([422, "body-invalid"]);
    expect(hidden.body.detail).toContain("U+202E");
    expect(code(await people.propose("paul", "memory.write", {}))).toEqual([422, "action-not-proposed"]);
    expect(code(await people.propose("paul", "log-policy.change", { timeoutMs: 1 }))).toEqual([
      422,
      "body-invalid",
    ]);
    const unknown = "01a20aa4-5270-7021-a3bb-82fc72a97e42";
    expect(code(await people.show("olga", unknown))).toEqual([404, "not-found"]);
  });

  it("lists in pages that an authenticated cursor continues", async () => {
    const seen: string[] = [];
    let [cursor, last] = ["", ""];
    do {
      const path = `/v1/proposals?proposer=paul&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const { body } = await stack.ask("GET", path, { as: "olga" });
      seen.push(...body.proposals.map(({ id }: { id: string }) => id));
      cursor = body.next ?? "";
      last = cursor === "" ? last : cursor;
    } while (cursor !== "");
    const moved = await stack.ask("GET", `/v1/proposals?limit=3&cursor=${last}`, { as: "olga" });
    expect(code(moved)).toEqual([400, "cursor-invalid"]);
    expect(seen.length).toBeGreaterThan(6);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe("what others must agree to", () => {
  it("is a licence of Mentor or above; a lower one waits for nobody, and each opens the door with its commit", async () => {
    for (const [loa, need] of [
      ["Observer", 0],
      ["Mentor", 1],
    ] as const) {
      const licence = await stack.home.sign(stack.home.claims(`new-${loa.toLowerCase()}`, loa));
      const { body } = await people.propose("paul", "license.issue", { licence });
      expect([body.need, JSON.stringify(body).includes(licence)]).toEqual([need, false]);
      const authorization = `Bearer ${licence}`;
      expect((await stack.ask("GET", "/v1/licence", { authorization })).status).toBe(401);
      if (need > 0) await people.attest(mia, { id: body.proposal.id, digest: body.digest });
      expect((await people.commit("rita", body.proposal.id)).status).toBe(201);
      expect((await stack.ask("GET", "/v1/licence", { authorization })).status).toBe(200);
    }
  });

  it("is a client key, and the end of an issuer, but never of the proposer's own", async () => {
    const publicKey = toBase64url(signingKey(generateSeed()).publicKey.raw);
    const add = { change: "add", principal: "paul", publicKey, routes: ["*"] };
    const { body } = await people.propose("paul", "client-key.change", add);
    const proposal = { id: body.proposal.id, digest: body.digest };
    await people.attest(mia, proposal);
    await people.attest(max, proposal);
    expect((await people.commit("rita", proposal.id)).status).toBe(201);
    const { keys } = (await stack.ask("GET", "/v1/client-keys", { as: "olga" })).body;
    expect(keys).toMatchObject([{ principal: "paul", publicKey, state: "active" }]);
    expect(code(await people.propose("paul", "client-key.change", add))).toEqual([409, "client-key-known"]);
    const retire = { change: "retire", kid: stack.home.issuer.kid, reason: "old" };
    expect(code(await people.propose("paul", "issuer.change", retire))).toEqual([409, "issuer-needed"]);
  });

  it("is not more than a witness can look at: ten open proposals of one principal", async () => {
    for (let made = 0; made < 10; made += 1)
      expect((await people.propose("mo", "log-policy.change", policy(800 + made))).status).toBe(201);
    const over = await people.propose("mo", "log-policy.change", policy(811));
    expect(code(over)).toEqual([429, "proposal-limit"]);
  });
});

describe("the witness set", () => {
  it("changes by proposals alone, and a revoked key's vote counts no more", async () => {
    const add = await people.propose("paul", "witness.add", { witness: mae.proof(stack.home.runtimeId) });
    const added = { id: add.body.proposal.id, digest: add.body.digest };
    await people.attest(mia, added);
    await people.attest(max, added);
    expect((await people.commit("rita", added.id)).status).toBe(201);
    const list = (await stack.ask("GET", "/v1/witnesses", { as: "olga" })).body;
    expect([list.version, list.witnesses.length]).toEqual([2, 4]);

    const waiting = await proposed(730);
    await people.attest(mia, waiting);
    const { body } = await people.propose("paul", "witness.revoke", { id: "w-mia" });
    const revoke = { id: body.proposal.id, digest: body.digest };
    for (const voter of [max, mo, mae]) await people.attest(voter, revoke);
    expect((await people.commit("rita", revoke.id)).status).toBe(201);
    expect((await people.show("olga", waiting.id)).body).toMatchObject({ have: 0 });
    expect((await people.attest(mia, waiting)).status).toBe(403);
    const { witness, history } = (await stack.ask("GET", "/v1/witnesses/w-mia", { as: "olga" })).body;
    expect(witness.status).toBe("revoked");
    expect(history).toMatchObject([
      { change: "enrol", proposal: null },
      { change: "revoke", proposal: revoke.id },
    ]);
    const more = await people.propose("paul", "witness.revoke", { id: "w-mo" });
    expect(code(more)).toEqual([409, "quorum-unreachable"]);
  });

  it("lets lockdown be left by proposal, and nothing else be proposed in it", async () => {
    await stack.ask("POST", "/v1/lockdown", { as: "rita", body: { reason: "a test" } });
    expect(code(await people.propose("paul", "log-policy.change", policy(740)))).toEqual([
      403,
      "locked-down",
    ]);
    const { body } = await people.propose("paul", "lockdown.leave", { reason: "all clear" });
    const leave = { id: body.proposal.id, digest: body.digest };
    await people.attest(max, leave);
    await people.attest(mae, leave);
    expect((await people.commit("rita", leave.id)).status).toBe(201);
    expect((await stack.ask("GET", "/v1/lockdown", { as: "olga" })).body.lockdown).toBeNull();
  });
});
