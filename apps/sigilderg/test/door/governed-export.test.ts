import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ProofBundle, parseTrustFile, type TrustFile, verifyBundle } from "@sigil/canon";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import { People, Voter } from "../people.ts";
import { Stack } from "../stack.ts";

// One runtime through its ceremony, and what strangers can count of what it exports.
let stack: Stack;
let people: People;
let ceremony: string;
const effects: Record<string, string> = {};
const [mia, max, mo, mae] = ["mia", "max", "mo", "mae"].map((name) => new Voter(name)) as [
  Voter,
  Voter,
  Voter,
  Voter,
];

beforeAll(async () => {
  stack = await Stack.start({
    people: { paul: "Mentor", mia: "Mentor", max: "Mentor", mo: "Mentor", mae: "Mentor", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.rate_govern=1000", "sigilderg.rate_write=1000"],
  });
  await stack.readyWithoutMmf();
  people = new People(stack);
  effects.alone = await agreed("log-policy.change", policy(700), []);
  const entered = await people.enter("rita", [mia, max, mo]);
  ceremony = entered.body.ceremony.hash;
}, 60_000);
afterAll(() => stack?.close());

const policy = (timeoutMs: number) => ({ policy: "quorum none\n", acknowledge: "durable", timeoutMs });
const trusted = (): TrustFile => parseTrustFile(readFileSync(join(stack.home.path, "trust.json")));
/** The record that a proposal with these votes comes to. */
async function agreed(action: string, request: unknown, voters: readonly Voter[]): Promise<string> {
  const { body } = await people.propose("paul", action, request);
  for (const voter of voters) await people.attest(voter, { id: body.proposal.id, digest: body.digest });
  const done = await people.commit("rita", body.proposal.id);
  expect([done.status, done.body.code]).toEqual([201, undefined]);
  return done.body.effects[0].id;
}
async function exported(...ids: (string | undefined)[]): Promise<ProofBundle> {
  const answer = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids } });
  expect(answer.status).toBe(200);
  return answer.body;
}
const kindsOf = ({ entries }: ProofBundle) => entries.map(({ record }) => record?.record.kind);
const without = (bundle: ProofBundle, kind: string, nth = 0): ProofBundle => {
  const found = bundle.entries.filter(({ record }) => record?.record.kind === kind)[nth];
  return { ...bundle, entries: bundle.entries.filter((entry) => entry !== found) };
};
const verdict = (bundle: ProofBundle, trust: TrustFile) => {
  const { code, verdict: is } = verifyBundle(bundle, trust);
  return code ?? is;
};

it("the ceremony stands in trust.json when it is answered, and the running door believes it", async () => {
  expect(trusted().quorum).toEqual({ mode: "quorum", ceremony });
  expect((await stack.ask("GET", "/readyz")).body.reasons).toEqual([
    expect.objectContaining({ code: "mmf-unreachable" }),
  ]);
});

it("an export of a record that others agreed to brings proposal, votes, end and ceremony by itself, and verifies", async () => {
  effects.first = await agreed("log-policy.change", policy(710), [mia, max]);
  const bundle = await exported(effects.first);
  expect(kindsOf(bundle)).toEqual([
    "quorum.entered",
    "proposal.created",
    "proposal.vote",
    "proposal.vote",
    "log.policy",
    "proposal.closed",
  ]);
  const report = verifyBundle(bundle, trusted());
  expect(report.verdict).toBe("verified");
  expect(report.steps.filter(({ name }) => name === "quorum").map(({ detail }) => detail)).toEqual([
    "the pinned ceremony names 3 witnesses",
    "approved by w-mia, w-max; 2 were needed",
  ]);
});

it.each([
  ["a vote", "proposal.vote", "quorum-missing"],
  ["the proposal", "proposal.created", "quorum-missing"],
  ["the end of the proposal", "proposal.closed", "quorum-missing"],
  ["the ceremony", "quorum.entered", "quorum-missing"],
])("an export from which %s was taken is refused", async (_what, kind, code) => {
  expect(verdict(without(await exported(effects.first), kind), trusted())).toBe(code);
});

it("an export of what one person did before the ceremony brings the ceremony, and needs no vote", async () => {
  const bundle = await exported(effects.alone);
  expect(kindsOf(bundle)).toEqual(["log.policy", "quorum.entered"]);
  expect(verdict(bundle, trusted())).toBe("verified");
});

it("an export after changes of the witness set brings every change before it with the votes on it", async () => {
  const added = await agreed("witness.add", { witness: mae.proof(stack.home.runtimeId) }, [mia, max]);
  await agreed("witness.revoke", { id: "w-mia" }, [max, mo, mae]);
  const last = await agreed("log-policy.change", policy(720), [max, mae]);
  const later = await agreed("log-policy.change", policy(721), [max, mae]);
  const bundle = await exported(last);
  expect(kindsOf(bundle).filter((kind) => kind === "witness.change")).toHaveLength(2);
  expect(kindsOf(bundle).filter((kind) => kind === "log.policy")).toHaveLength(1);
  expect(verdict(bundle, trusted())).toBe("verified");
  expect(verdict(without(bundle, "witness.change"), trusted())).toBe("quorum-missing");
  const all = await exported(effects.alone, effects.first, added, last, later);
  expect(verdict(all, trusted())).toBe("verified");
});

it("an export of a proposal brings the record that it came to", async () => {
  const closed = (await exported(effects.first)).entries.at(-1)?.record?.record.id;
  expect(kindsOf(await exported(closed))).toContain("log.policy");
});

it("an erasure of a principal is done by proposal alone, names what it finds, and its receipts verify", async () => {
  const block = { kind: "episodic", text: "to be erased" };
  const written = await stack.ask("POST", "/v1/memory", { as: "mae", body: block });
  const wanted = { principal: "mae", complete: true };
  const alone = await stack.ask("POST", "/v1/erasures", { as: "rita", body: { ...wanted, preview: false } });
  expect([alone.status, JSON.stringify(alone.body).includes("record.erase needs 1 attestation")]).toEqual([
    403,
    true,
  ]);
  const { body } = await people.propose("paul", "record.erase", wanted);
  expect(body).toMatchObject({ need: 1, proposal: { content: wanted } });
  await stack.ask("POST", "/v1/memory", { as: "mae", body: { ...block, text: "written meanwhile" } });
  await people.attest(max, { id: body.proposal.id, digest: body.digest });
  const shown = (await people.show("max", body.proposal.id)).body;
  expect(shown.changes).toContainEqual({ op: "remove", path: "/records/memory.block", before: 2 });
  const done = (await people.commit("rita", body.proposal.id)).body;
  expect(done.effects).toMatchObject([{ kind: "record.erased" }]);
  expect((await stack.ask("GET", `/v1/memory/${written.body.id}`, { as: "mae" })).status).toBe(410);
  const bundle = await exported(done.effects[0].id);
  expect(verdict(bundle, trusted())).toBe("verified");
  expect(verifyBundle(bundle, trusted()).steps.map(({ detail }) => detail)).toContain(
    "approved by w-max; 1 were needed",
  );
  expect(verdict(without(bundle, "proposal.vote", 5), trusted())).toBe("quorum-missing");
  const again = await people.propose("paul", "record.erase", wanted);
  expect([again.status, again.body.code]).toEqual([404, "not-found"]);
});

it("an export verifies under a trust file of before the ceremony by no means", async () => {
  expect(verdict(await exported(effects.first), stack.trust)).toBe("ceremony-not-pinned");
});

it("a start with the ceremony missing in trust.json brings it there again", async () => {
  const file = join(stack.home.path, "trust.json");
  stack.home.write("trust.json", JSON.stringify({ ...trusted(), quorum: { mode: "solo", ceremony: null } }));
  await stack.stopService("sigilderg");
  await stack.stopService("codex-nexus");
  await stack.serve("codex-nexus");
  expect(parseTrustFile(readFileSync(file)).quorum.ceremony).toBe(ceremony);
});

it("a trust file with another ceremony starts neither the store nor the door", async () => {
  const other = `sha256:${"a".repeat(64)}`;
  const good = readFileSync(join(stack.home.path, "trust.json"), "utf8");
  stack.home.write("trust.json", good.replace(ceremony, other));
  await stack.serve("sigilderg");
  await stack.redFor("store-not-read");
  expect(stack.output("sigilderg")).toContain("ceremony-mismatch");
  await stack.stopService("codex-nexus");
  await expect(stack.serve("codex-nexus")).rejects.toThrow("trust-mismatch");
  stack.home.write("trust.json", good);
});

it("a governed record that the store holds and nobody agreed to makes no door ready", async () => {
  await stack.serve("codex-nexus");
  await stack.stopService("sigilderg");
  const forged = draft({
    ...{ kind: "log.policy", space: "system", stream: "system/log-policy", loa: "Guest" },
    author: { principal: "rita", loa: "Root" },
    payload: policy(999),
  });
  const store = stack.client("codex-nexus");
  await store.call("codex-nexus POST /v1/records", { ctx: SERVICE_AUTHORITY, body: { records: [forged] } });
  await store.close();
  await stack.serve("sigilderg");
  await stack.redFor("store-not-read");
  expect(JSON.stringify((await stack.ask("GET", "/readyz")).body)).toContain(
    "governing-record-unagreed: the log.policy",
  );
});
