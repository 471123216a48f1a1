import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile, verifyBundle } from "@sigil/canon";
import { afterAll, beforeAll, expect, it } from "vitest";
import { People, Voter } from "../people.ts";
import { Stack } from "../stack.ts";

// The life of proposals through kill -9 of either service, at every step and inside a commit.
let stack: Stack;
let people: People;
const [mia, max, mo] = ["mia", "max", "mo"].map((name) => new Voter(name)) as [Voter, Voter, Voter];

beforeAll(async () => {
  stack = await Stack.start({
    people: { olga: "Observer", paul: "Mentor", mia: "Mentor", max: "Mentor", mo: "Mentor", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.rate_govern=10000"],
  });
  await stack.readyWithoutMmf();
  people = new People(stack);
}, 60_000);
afterAll(() => stack?.close());

async function killed(service: "codex-nexus" | "sigilderg"): Promise<void> {
  await stack.stopService(service, "SIGKILL");
  await stack.serve(service);
  await stack.readyWithoutMmf();
}
let timeoutMs = 700;
async function proposed(approving: readonly Voter[] = []) {
  timeoutMs += 1;
  const { body } = await people.propose("paul", "log-policy.change", {
    ...{ policy: "quorum none\n", acknowledge: "durable", timeoutMs },
  });
  const proposal = { id: body.proposal.id as string, digest: body.digest as string };
  for (const voter of approving) expect((await people.attest(voter, proposal)).status).toBe(201);
  return proposal;
}
const show = async ({ id }: { id: string }) => (await people.show("olga", id)).body;

it("a kill at every step loses nothing of the ceremony, a proposal, its votes and its commit", async () => {
  const entered = await people.enter("rita", [mia, max, mo]);
  const proposal = await proposed();
  await killed("sigilderg");
  expect((await stack.ask("GET", "/v1/quorum", { as: "olga" })).body.ceremony).toEqual(entered.body.ceremony);
  expect(await show(proposal)).toMatchObject({ state: "open", have: 0, missing: ["w-mia", "w-max", "w-mo"] });
  await people.attest(mia, proposal);
  await killed("codex-nexus");
  expect(await show(proposal)).toMatchObject({ state: "open", have: 1, missing: ["w-max", "w-mo"] });
  expect((await people.attest(mia, proposal)).body.code).toBe("duplicate-witness");
  await people.attest(max, proposal);
  await killed("sigilderg");
  expect(await show(proposal)).toMatchObject({ state: "approved", have: 2 });
  const done = (await people.commit("rita", proposal.id)).body;
  await killed("codex-nexus");
  expect(await show(proposal)).toMatchObject({ state: "committed", closed: done.record });
  expect((await people.commit("rita", proposal.id)).body.code).toBe("proposal-closed");
}, 120_000);

it.each([
  ["control plane", "sigilderg", [2, 10]],
  ["store", "codex-nexus", [5]],
] as const)(
  "a kill of the %s inside a commit leaves all of it or none",
  async (_what, service, delays) => {
    for (const delay of delays) {
      const proposal = await proposed([mia, max]);
      const answer = people.commit("rita", proposal.id).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await killed(service);
      await answer;
      const before = await show(proposal);
      expect(["approved", "committed"]).toContain(before.state);
      const again = before.state === "approved" ? await people.commit("rita", proposal.id) : undefined;
      expect(again?.status ?? 201).toBe(201);
      const { closed } = await show(proposal);
      const exported = { as: "rita", body: { ids: [closed.id] } };
      const { body: bundle } = await stack.ask("POST", "/v1/canon/export", exported);
      const trust = parseTrustFile(readFileSync(join(stack.home.path, "trust.json")));
      expect(verifyBundle(bundle, trust).verdict).toBe("verified");
      const ends = bundle.entries.filter(
        ({ record }: { record?: { record: { kind: string } } }) => record?.record.kind === "proposal.closed",
      );
      expect([ends.length, timeoutMs]).toEqual([1, await inForce(bundle)]);
      const { decision } = ends[0].record.record.author;
      const decided = await stack.ask("GET", `/v1/decisions/${decision}`, { as: "olga" });
      expect(decided.body.outcome).toMatchObject({
        status: "done",
        effects: [{ kind: "log.policy" }, { kind: "proposal.closed" }],
      });
    }
  },
  120_000,
);

/** The time of the log policy that a bundle proves. */
async function inForce({
  entries,
}: {
  entries: readonly { record?: { record: { kind: string; payload: { timeoutMs: number } } } }[];
}) {
  return entries.find(({ record }) => record?.record.kind === "log.policy")?.record?.record.payload.timeoutMs;
}
