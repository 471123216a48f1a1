import { handOver } from "@sigil/canon";
import { fromBase64url, generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { ACTIONS } from "@sigil/policy";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { People, Voter } from "../people.ts";
import { type Answer, Stack } from "../stack.ts";

// What nobody can do to a proposal, asked of a running door, and what happens when two things happen at once.
let stack: Stack;
let people: People;
const names = ["mia", "max", "mo", "mae", "moe"];
const voters = names.map((name) => new Voter(name));
const [mia, max, mo, mae, moe] = voters as [Voter, Voter, Voter, Voter, Voter];

beforeAll(async () => {
  stack = await Stack.start({
    people: {
      olga: "Observer",
      paul: "Mentor",
      rita: "Root",
      zoe: "Mentor",
      ...Object.fromEntries(names.map((name) => [name, "Mentor" as const])),
    },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.rate_govern=10000", "sigilderg.rate_write=10000"],
  });
  await stack.readyWithoutMmf();
  people = new People(stack);
  await people.enter("rita", voters);
}, 60_000);
afterAll(() => stack?.close());

const code = ({ status, body }: Answer) => [status, body.code];
let timeoutMs = 1000;
/** A proposal of another log policy by Paul, approved by these. */
async function proposed(approving: readonly Voter[], more = {}) {
  timeoutMs += 1;
  const request = { policy: "quorum none\n", acknowledge: "durable", timeoutMs };
  return asked("log-policy.change", request, approving, more);
}
async function asked(action: string, request: unknown, approving: readonly Voter[], more = {}) {
  const { body, status } = await people.propose("paul", action, request, more);
  expect([status, body.code]).toEqual([201, undefined]);
  const proposal = {
    id: body.proposal.id as string,
    digest: body.digest as string,
    expiresAt: body.proposal.expiresAt,
  };
  for (const voter of approving) expect((await people.attest(voter, proposal)).status).toBe(201);
  return proposal;
}
const stateOf = async ({ id }: { id: string }) => (await people.show("olga", id)).body;

describe("a vote", () => {
  it("with a malleated signature, one that verifies elsewhere too, is none", async () => {
    const proposal = await proposed([]);
    const vote = mia.vote(proposal.digest);
    const bytes = fromBase64url(vote.sig.value);
    // S + L, the group order: the same point equation, another encoding (RFC 8032 section 8.4).
    const order = (1n << 252n) + 27742317777372353535851937790883648493n;
    let s = bytes.slice(32).reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n) + order;
    for (let at = 32; at < 64; at += 1, s >>= 8n) bytes[at] = Number(s & 255n);
    const moved = { ...vote, sig: { ...vote.sig, value: toBase64url(bytes) } };
    expect(code(await people.hand("mia", proposal.id, moved))).toEqual([422, "bad-signature"]);
    expect((await people.hand("mia", proposal.id, vote)).status).toBe(201);
  });

  it("of another proposal, or for another verdict than was signed, is none", async () => {
    const [one, other] = [await proposed([]), await proposed([])];
    const vote = mia.vote(one.digest);
    expect(code(await people.hand("mia", other.id, vote))).toEqual([422, "wrong-digest"]);
    const turned = { ...vote, attestation: { ...vote.attestation, verdict: "reject" } };
    expect(code(await people.hand("mia", one.id, turned))).toEqual([422, "bad-signature"]);
    const late = { ...vote, attestation: { ...vote.attestation, proposalDigest: other.digest } };
    expect(code(await people.hand("mia", other.id, late))).toEqual([422, "bad-signature"]);
  });

  it("of one person under a second name, or with a key that is another's, cannot be enrolled", async () => {
    const { runtimeId } = stack.home;
    const twice = new Voter("mia", "w-mia-again");
    const propose = (witness: unknown) => people.propose("paul", "witness.add", { witness });
    expect(code(await propose(twice.proof(runtimeId)))).toEqual([409, "witness-known"]);
    const borrowed = { id: "w-zoe", principal: "zoe", key: mia.key, proof: mia.proof };
    expect(code(await propose(borrowed.proof.call(borrowed as never, runtimeId)))).toEqual([
      409,
      "witness-known",
    ]);
    const known = new Voter("zoe", "w-mia");
    expect(code(await propose(known.proof(runtimeId)))).toEqual([409, "witness-known"]);
  });

  it("stays good when its key hands over, and is lost with a key that was lost", async () => {
    const waiting = await proposed([mia, max]);
    const { runtimeId } = stack.home;
    for (const [voter, held] of [
      [mia, true],
      [max, false],
    ] as const) {
      const next = new Voter(voter.principal);
      const witness = next.proof(runtimeId, voter.key.kid);
      const old = held ? handOver(witness.statement, voter.key) : null;
      const rotate = await asked("witness.rotate", { witness, old }, [mo, mae, moe]);
      expect((await people.commit("rita", rotate.id)).status).toBe(201);
      Object.assign(voter, { key: next.key });
    }
    const { have, votes } = await stateOf(waiting);
    expect([have, votes.map(({ why }: { why: string | null }) => why)]).toEqual([1, [null, "revoked-key"]]);
    expect(code(await people.attest(max, waiting))).toEqual([409, "duplicate-witness"]);
    expect(code(await people.attest(mia, waiting))).toEqual([409, "duplicate-witness"]);
  });
});

describe("an approved proposal", () => {
  it("is stale once another table is in force, also one that asks for fewer votes", async () => {
    const table = async (quorum: 1 | 2) => {
      const rows = ACTIONS.map((row) => (row.action === "record.erase" ? { ...row, quorum } : row));
      const change = await asked("policy.change", { rows }, [mia, max, mo]);
      expect((await people.commit("rita", change.id)).status).toBe(201);
    };
    await stack.ask("POST", "/v1/memory", { as: "zoe", body: { kind: "episodic", text: "x" } });
    await table(2);
    const { digest } = (await stack.ask("GET", "/v1/policy", { as: "olga" })).body;
    expect((await stack.ask("GET", "/version")).body.policy, "the table in force").toBe(digest);
    const waiting = await asked("record.erase", { principal: "zoe", complete: false }, [mia]);
    await table(1);
    expect(await stateOf(waiting)).toMatchObject({ state: "open", have: 1, need: 2 });
    expect(code(await people.commit("rita", waiting.id))).toEqual([409, "quorum-not-reached"]);
    await people.attest(max, waiting);
    expect(code(await people.commit("rita", waiting.id))).toEqual([409, "proposal-stale"]);
  });

  it("is written before its end or not at all, however close the commit comes to it", async () => {
    const round = async (early: number) => {
      const publicKey = toBase64url(signingKey(generateSeed()).publicKey.raw);
      const request = { change: "add", principal: `p${early + 5}`, publicKey, routes: ["*"] };
      const proposal = await asked("client-key.change", request, [mia, max, mo], { expiresInSeconds: 4 });
      const left = Date.parse(proposal.expiresAt) - Date.now() - early;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
      const answers = await Promise.all(Array.from({ length: 4 }, () => people.commit("rita", proposal.id)));
      const done = answers.filter(({ status }) => status === 201);
      const { state, closed } = await stateOf(proposal);
      const effect = done[0]?.body.effects[0].id;
      const written =
        effect === undefined ? undefined : await stack.ask("GET", `/v1/canon/${effect}`, { as: "olga" });
      const ts: string | undefined = written?.body.signed.record.ts;
      const codes = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
      expect(["committed", "expired"]).toContain(state);
      const committed = state === "committed" ? 1 : 0;
      expect({
        committed: done.length,
        closed: closed !== null,
        inTime: ts === undefined || ts < proposal.expiresAt,
        others: codes.filter((each) => each !== "proposal-expired" && each !== "proposal-closed"),
      }).toEqual({ committed, closed: committed === 1, inTime: true, others: [] });
      return state;
    };
    const ends = await Promise.all([200, 15, 5, 0, -5].map(round));
    expect(ends.at(-1), "after its end").toBe("expired");
  });

  it.each(["first", "last"])(
    "whose witness is revoked %s at the same time has the votes that it was written with",
    async (order) => {
      const voter = order === "first" ? moe : mae;
      const waiting = await proposed([mia, max, voter]);
      const others = [mia, max, mo];
      const revoke = await asked("witness.revoke", { id: voter.id }, others);
      const both = [() => people.commit("rita", revoke.id), () => people.commit("rita", waiting.id)];
      const [a, b] = await Promise.all((order === "first" ? both : both.reverse()).map((commit) => commit()));
      const [revoked, written] = order === "first" ? [a, b] : [b, a];
      expect(revoked?.status).toBe(201);
      const [leaf, end] = [written, revoked].map((answer) => answer?.body.effects?.[0]?.index);
      const outcome = written?.status === 201 && leaf < end ? "written before" : written?.body.code;
      expect(["written before", "quorum-not-reached"]).toContain(outcome);
    },
  );

  it("has one count for fifty attestations at once, of which each witness's first alone is recorded", async () => {
    const proposal = await proposed([]);
    const active = [mia, max, mo];
    const answers = await Promise.all(
      Array.from({ length: 51 }, (_, at) => people.attest(active[at % 3] as Voter, proposal)),
    );
    const done = answers.filter(({ status }) => status === 201).map(({ body }) => [body.have, body.state]);
    expect(done.sort()).toEqual([
      [1, "open"],
      [2, "approved"],
      [3, "approved"],
    ]);
    const rest = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect([rest.length, new Set(rest)]).toEqual([48, new Set(["duplicate-witness"])]);
    expect(await stateOf(proposal)).toMatchObject({ have: 3, need: 2, state: "approved" });
  });
});

it("each step of a proposal is a line of the log and a number, a refusal with its code", async () => {
  const { id, digest } = await proposed([mia, max]);
  expect((await people.attest(mia, { id, digest })).status).toBe(409);
  expect((await people.commit("rita", id)).status).toBe(201);
  const lines = () =>
    stack
      .output("sigilderg")
      .split("\n")
      .filter((line) => line.includes(id) && line.includes('"msg":"proposal') && line.endsWith("}"))
      .map((line) => JSON.parse(line));
  const action = "log-policy.change";
  // A line is written when there is time for it.
  await vi.waitFor(() =>
    expect(lines()).toMatchObject([
      { msg: "proposal created", action },
      { msg: "proposal voted", action },
      { msg: "proposal voted", action },
      { msg: "proposal approved", action, seconds: expect.any(Number) },
      { msg: "proposal refused", action, code: "duplicate-witness" },
      { msg: "proposal committed", action, seconds: expect.any(Number) },
    ]),
  );
  const { body } = await stack.ask("GET", "/metrics", { as: "rita" });
  const value = (name: string) =>
    Number(
      body
        .split("\n")
        .find((line: string) => line.startsWith(name))
        ?.split(" ")[1],
    );
  expect(value('sigil_proposals_total{event="entered"')).toBe(1);
  expect(value('sigil_proposals_refused_total{code="duplicate-witness"')).toBeGreaterThan(0);
  expect(value('sigil_proposal_duration_seconds_count{service="sigilderg",end="committed"')).toBeGreaterThan(
    2,
  );
  const waiting = (await stack.ask("GET", "/v1/proposals?state=waiting", { as: "olga" })).body.proposals;
  expect(value("sigil_proposals_open")).toBe(waiting.length);
  const policy = { policy: "quorum none\n", acknowledge: "durable", timeoutMs: 900 };
  const last = (await people.propose("rita", "log-policy.change", policy)).body.proposal.id;
  const listed = async (query: string) =>
    (await stack.ask("GET", `/v1/proposals?${query}`, { as: "olga" })).body.proposals.map(
      (each: { id: string }) => each.id,
    );
  expect(await listed("state=waiting&limit=1"), "a Root's before all others").toEqual([last]);
  expect(await listed("limit=200")).toEqual([last, ...(await listed("proposer=paul&limit=200"))]);
  expect(await listed("state=committed&action=log-policy.change&proposer=paul&limit=200")).toContain(id);
});
