import { afterAll, beforeAll, expect, it } from "vitest";
import { People, Voter } from "../people.ts";
import { type Answer, Stack } from "../stack.ts";

let stack: Stack;
let people: People;
const [mia, max, mo] = ["mia", "max", "mo"].map((name) => new Voter(name)) as [Voter, Voter, Voter];
beforeAll(async () => {
  stack = await Stack.start({
    people: { olga: "Observer", paul: "Mentor", mia: "Mentor", max: "Mentor", mo: "Mentor", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
    settings: ["sigilderg.rate_read=5000"],
  });
  await stack.readyWithoutMmf();
  people = new People(stack);
}, 60_000);
afterAll(() => stack?.close());

const change = (body: object) =>
  stack.ask("POST", "/v1/config", { as: "rita", body: { reason: "a test", ...body } });
const shown = async (query = "") => (await stack.ask("GET", `/v1/config${query}`, { as: "olga" })).body;
const code = ({ status, body }: Answer) => [status, body.code];
const READ = "sigilderg.rate_read";
const CONTACT = "sigilderg.security_contact";
const readQuota = async () =>
  /"read";q=(\d+)/.exec(
    (await stack.ask("GET", "/v1/quorum", { as: "olga" })).headers.get("ratelimit-policy") ?? "",
  )?.[1];

it("a setting is shown with the place that its value comes from, and the settings that only a start changes by name", async () => {
  const { version, values, settings, fixed } = await shown();
  expect([version, values]).toEqual([0, {}]);
  expect(settings).toContainEqual({ key: READ, value: 5000, source: "flag" });
  expect(settings).toContainEqual({ key: CONTACT, value: "", source: "default" });
  expect(fixed).toContain("codex_nexus.data_dir");
  expect(fixed).not.toContain(READ);
});

it("a recorded setting holds from the next request on, over file, environment and flags, until it is changed back", async () => {
  expect(await readQuota()).toBe("5000");
  const first = await change({ values: { [READ]: 6000, [CONTACT]: "mailto:sec@example.org" } });
  expect([first.status, first.body.version]).toEqual([201, 1]);
  expect(await readQuota()).toBe("6000");
  expect((await stack.ask("GET", "/.well-known/security.txt")).body).toContain("sec@example.org");
  expect((await shown()).settings).toContainEqual({ key: READ, value: 6000, source: "record" });
  expect((await change({ values: { [READ]: 7000 } })).body.version).toBe(2);
  expect((await stack.ask("GET", "/.well-known/security.txt")).status).toBe(404);
  expect((await change({ revert: 1 })).body.version).toBe(3);
  expect([await readQuota(), (await shown()).values[CONTACT]]).toEqual(["6000", "mailto:sec@example.org"]);
});

it("a configuration is shown as it was at any version, leaf and time", async () => {
  const { made } = await shown("?version=2");
  for (const query of [`?leaf=${made.index}`, `?at=${made.ts}`, "?version=2"])
    expect((await shown(query)).values).toEqual({ [READ]: 7000 });
  expect((await shown(`?leaf=${made.index - 1}`)).version).toBe(1);
  expect(made).toMatchObject({ by: "rita", mode: "solo", reason: "a test", proposal: null });
});

it.each([
  [
    "that is none",
    { values: { "sigilderg.rate_raed": 1 } },
    "setting-unknown",
    "did you mean sigilderg.rate_read",
  ],
  ["that only a start changes", { values: { "sigilderg.port": 1 } }, "setting-fixed", "sigil.toml"],
  ["out of its range", { values: { [READ]: 0 } }, "setting-invalid", "sigilderg.rate_read = 0"],
  ["of another type", { values: { [READ]: "many" } }, "setting-invalid", "expected number"],
  ["that nobody could read", { values: { [CONTACT]: "javascript:alert(1)" } }, "setting-invalid", CONTACT],
])("a setting %s is refused, and nothing is written", async (_what, body, expected, because) => {
  const { version } = await shown();
  const answer = await change(body);
  expect(code(answer)).toEqual([422, expected]);
  expect(answer.body.detail).toContain(because);
  expect((await shown()).version).toBe(version);
});

it("a change that changes nothing, and a version that never was, are refused", async () => {
  expect(code(await change({ values: (await shown()).values }))).toEqual([409, "change-empty"]);
  expect(code(await change({ revert: 99 }))).toEqual([404, "version-unknown"]);
});

it("a configuration outlives a restart, and cursors of versions and proposals with it", async () => {
  for (let n = 0; n < 3; n += 1)
    await people.propose("paul", "config.change", { values: { [READ]: 100 + n } });
  const list = (path: string, cursor = "") => stack.ask("GET", `${path}limit=2${cursor}`, { as: "olga" });
  const [versions, proposals] = [
    await list("/v1/config/versions?"),
    await list("/v1/proposals?state=waiting&"),
  ];
  await stack.stopService("sigilderg", "SIGKILL");
  await stack.serve("sigilderg");
  await stack.readyWithoutMmf();
  expect([await readQuota(), (await shown()).version]).toEqual(["6000", 3]);
  const more = await list("/v1/config/versions?", `&cursor=${versions.body.next}`);
  expect(more.body.versions.map(({ version }: { version: number }) => version)).toEqual([2, 3]);
  expect([more.body.next, versions.body.versions[1].values[READ]]).toEqual([null, 6000]);
  const rest = await list("/v1/proposals?state=waiting&", `&cursor=${proposals.body.next}`);
  const ids = [proposals, rest].flatMap(({ body }) => body.proposals.map(({ id }: { id: string }) => id));
  expect([ids.length, new Set(ids).size, rest.body.next]).toEqual([3, 3, null]);
  for (const path of ["/v1/policy/versions?", "/v1/proposals?state=open&"])
    expect(code(await list(path, `&cursor=${proposals.body.next}`))).toEqual([400, "cursor-invalid"]);
});

it("in quorum mode a setting changes by proposal alone, which shows the difference", async () => {
  await people.enter("rita", [mia, max, mo]);
  expect((await change({ values: { [READ]: 8000 } })).status).toBe(403);
  const { body } = await people.propose("paul", "config.change", { values: { [READ]: 8000 } });
  const proposal = { id: body.proposal.id, digest: body.digest };
  expect((await people.show("mia", proposal.id)).body.changes).toEqual([
    { op: "replace", path: "/sigilderg.rate_read", before: 6000, after: 8000 },
    { op: "remove", path: "/sigilderg.security_contact", before: "mailto:sec@example.org" },
  ]);
  for (const voter of [mia, max]) await people.attest(voter, proposal);
  expect((await people.commit("rita", proposal.id)).status).toBe(201);
  expect([await readQuota(), (await shown()).made.proposal]).toEqual(["8000", proposal.id]);
});
