import type { Loa } from "@sigil/canon";
import { modelKeyFile } from "@sigil/service";
import type { CapabilityEntry } from "@sigil/wire";
import { type LlmEndpoint, llmEndpoint, llmEndpoints } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { guardedLookup, mayConnect } from "../../src/clients/llm/address.ts";
import { type Spending, TokenBudget } from "../../src/domain/llm/budget.ts";
import { chooseEndpoint } from "../../src/domain/llm/choose.ts";
import { endpointsInForce } from "../../src/domain/llm/in-force.ts";
import { Redaction } from "../../src/domain/llm/redaction.ts";

const endpoint = (more: Partial<LlmEndpoint> = {}) =>
  llmEndpoint.parse({ name: "local", base: "http://127.0.0.1:1/v1", model: "m", ...more });

describe("the address of an endpoint", () => {
  it.each([
    ["https://api.example.com/v1", true],
    ["http://127.0.0.1:11434/v1", true],
    ["http://localhost:11434/v1", true],
    ["http://[::1]:8080", true],
    ["http://gpu.example.com/v1", false],
    ["http://10.0.0.7/v1", false],
    ["ftp://example.com", false],
    ["https://user:pw@example.com", false],
    ["https://example.com/v1?key=1", false],
    ["https://example.com/v1#x", false],
    ["https://169.254.169.254/latest", false],
    ["https://0xa9fea9fe/latest", false],
    ["https://[fe80::1]/v1", false],
    ["https://[::ffff:127.0.0.1]/v1", false],
    ["http://0.0.0.0:11434/v1", false],
    ["file:///etc/passwd", false],
    ["nonsense", false],
  ])("%s is taken: %s", (base, taken) => {
    expect(llmEndpoint.safeParse({ name: "a", base, model: "m" }).success).toBe(taken);
  });

  it("is plain http beyond loopback only where that is said, and never a metadata address", () => {
    const plain = (base: string) =>
      llmEndpoint.safeParse({ name: "a", base, model: "m", plaintext: true }).success;
    expect([plain("http://10.0.0.7/v1"), plain("http://169.254.169.254/v1")]).toEqual([true, false]);
  });

  it("names the file of its key, and no other address does", () => {
    const files = [
      "https://a.example/v1",
      "https://a.example:8443",
      "https://b.example",
      "http://[::1]:1",
    ].map((base) => modelKeyFile("/home", base));
    expect(files).toEqual(
      ["a.example", "a.example_8443", "b.example", "___1__1"].map((name) => `/home/secrets/llm/${name}.key`),
    );
    expect(llmEndpoints.safeParse([endpoint(), endpoint()]).success).toBe(false);
  });

  it.each<[string, "loopback" | "elsewhere", boolean]>([
    ["127.0.0.1", "loopback", true],
    ["127.8.0.1", "loopback", true],
    ["::1", "loopback", true],
    ["203.0.113.7", "loopback", false],
    ["203.0.113.7", "elsewhere", true],
    ["10.1.2.3", "elsewhere", true],
    ["2001:db8::1", "elsewhere", true],
    ["127.0.0.1", "elsewhere", false],
    ["::1", "elsewhere", false],
    ["::ffff:127.0.0.1", "elsewhere", false],
    ["::ffff:169.254.169.254", "elsewhere", false],
    ["169.254.169.254", "elsewhere", false],
    ["0.0.0.0", "elsewhere", false],
    ["fe80::1", "elsewhere", false],
    ["224.0.0.1", "elsewhere", false],
    ["255.255.255.255", "elsewhere", false],
  ])("may resolve to %s for a name of %s: %s", (address, named, may) => {
    expect(mayConnect(address, named)).toBe(may);
  });

  it("is not connected to when its name leads to this machine or to the metadata of a cloud", async () => {
    const found = (addresses: string[], named: "loopback" | "elsewhere" = "elsewhere") =>
      new Promise((resolve) => {
        const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
        const lookup = guardedLookup(named, (_name, _options, done) => done(null, all));
        lookup("model.example", {}, (error, address) => resolve(error?.message ?? address));
      });
    expect(await found(["203.0.113.7"])).toBe("203.0.113.7");
    expect(await found(["203.0.113.7", "169.254.169.254"])).toBe("model.example leads to 169.254.169.254");
    expect(await found(["127.0.0.1"])).toBe("model.example leads to 127.0.0.1");
    expect(await found([])).toBe("model.example leads nowhere");
  });
});

interface Asking {
  high?: Loa;
  spaces?: ("user" | "system")[];
  scope?: CapabilityEntry["scope"];
}

function choose(endpoints: readonly LlmEndpoint[], name?: string, asking: Asking = {}): string {
  const { high = "Observer", spaces = ["user"], scope = {} } = asking;
  const module = {
    ...{ id: "journal", version: "1.0.0", digest: "sha256:0" },
    capabilities: [{ name: "llm.complete", scope }],
  };
  try {
    const run = { module, readHigh: high, readSpaces: new Set(spaces) };
    return chooseEndpoint(run, name, endpoints).name;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe("which endpoint a run asks", () => {
  const local = endpoint({ level: "Root" });
  const cloud = endpoint({ name: "cloud", base: "https://api.example.com/v1", spaces: ["system"] });

  it("is the one it names, or the first that may have what the run has read", () => {
    expect(choose([local, cloud])).toBe("local");
    expect(choose([cloud, local], "cloud", { spaces: ["system"] })).toBe("cloud");
    expect(choose([cloud, local])).toBe("local");
  });

  it("llm-not-configured: there is none", () => {
    expect(choose([])).toBe("llm-not-configured");
  });

  it.each<[string, string, LlmEndpoint[], string | undefined, Asking]>([
    [
      "a record above its level",
      "llm-level",
      [endpoint({ level: "Operator" })],
      undefined,
      { high: "Mentor" },
    ],
    [
      "a record of a space that it may not have",
      "llm-level",
      [cloud],
      "cloud",
      { spaces: ["system", "user"] },
    ],
    ["a name that there is not", "llm-endpoint-denied", [local], "other", {}],
    [
      "a name outside the module's scope",
      "llm-endpoint-denied",
      [local],
      "local",
      { scope: { endpoints: ["c*"] } },
    ],
    [
      "no endpoint in the module's scope",
      "llm-endpoint-denied",
      [local],
      undefined,
      { scope: { endpoints: [] } },
    ],
    [
      "a scope that is not understood",
      "llm-endpoint-denied",
      [local],
      undefined,
      { scope: { until: "2027" } },
    ],
    [
      "a module that it does not list",
      "llm-endpoint-denied",
      [endpoint({ modules: ["other"] })],
      undefined,
      {},
    ],
  ])("is none for %s: %s", (_, code, endpoints, name, asking) => {
    expect(choose(endpoints, name, asking)).toBe(code);
  });

  it("is found among those of a record; those of a start count in solo mode alone", () => {
    const settings = (recorded?: LlmEndpoint[]) =>
      ({ values: recorded === undefined ? {} : { "llm.endpoints": recorded } }) as never;
    const names = (mode: "solo" | "quorum", recorded?: LlmEndpoint[]) =>
      endpointsInForce({ mode, settings: settings(recorded) }, [local]).map(({ name }) => name);
    expect([names("solo"), names("solo", [cloud]), names("solo", [])]).toEqual([["local"], ["cloud"], []]);
    expect([names("quorum"), names("quorum", [cloud])]).toEqual([[], ["cloud"]]);
  });
});

describe("redaction", () => {
  const PEM = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${"MIIE".repeat(200)}\n-----END RSA PRIVATE KEY-----`;
  const SECRETS = [
    ["jwt", `token eyJhbGciOiJFZERTQSJ9.${"e30k".repeat(20)}.${"c2ln".repeat(10)} end`, "token [] end"],
    ["private-key", `key ${PEM} end`, "key [] end"],
    ["private-key", `key ${PEM.slice(0, 400)}`, "key []"],
    ["aws-key", "AKIAIOSFODNN7QWERTYU!", "[]!"],
    ["github-token", `ghp_${"a1B2".repeat(9)}.`, "[]."],
    ["gitlab-token", `glpat-${"a1B2".repeat(5)} `, "[] "],
    ["slack-token", `xoxb-${"1234567890"}-abcdefghij`, "[]"],
    ["model-key", `use sk-proj-${"a1B2".repeat(8)}`, "use []"],
    ["npm-token", `npm_${"a1B2".repeat(9)}`, "[]"],
    ["bearer-token", `Authorization: Bearer ${"abcd".repeat(8)}`, "Authorization: []"],
    ["url-password", "postgres://alice:hunter22@db/x", "postgres://alice:[]@db/x"],
    ["named-secret", 'password: "correct-horse"', 'password: "[]"'],
    ["named-secret", "API_KEY=0123456789abcdef\nnext", "API_KEY=[]\nnext"],
    ["word", "Project BLUEBIRD starts; bluebird is near.", "Project [] starts; [] is near."],
  ] as const;
  it.each(SECRETS)("takes a %s out, and says so", (kind, text, expected) => {
    const redaction = new Redaction(["bluebird"]);
    expect(redaction.clean(text)).toBe(expected.replaceAll("[]", `[redacted:${kind}]`));
    expect(redaction.taken).toEqual([{ kind, count: expected.split("[]").length - 1 }]);
  });

  it("leaves what is no secret as it is", () => {
    const text =
      "The password is long. sk-short, http://a:b/c, sha256:0123, Bearer of news; key = 1; ask-me-anything-at-all-please";
    const redaction = new Redaction([".*"]);
    expect([redaction.clean(text), redaction.taken]).toEqual([text, []]);
  });

  it("of 48 KiB that almost match everywhere takes no longer than it may", () => {
    const hostile = [
      "eyJ",
      "-----BEGIN PRIVATE KEY-----",
      "password=",
      "://a:",
      "sk-",
      "Bearer ",
      "AKIA",
      "-eyJa.",
    ];
    for (const piece of hostile) {
      const text = piece.repeat(Math.floor(49_152 / piece.length));
      const before = process.cpuUsage().user;
      new Redaction(["x".repeat(128)]).clean(text);
      expect((process.cpuUsage().user - before) / 1000, piece).toBeLessThan(1_000);
    }
  });
});

describe("the token budget", () => {
  let now = "2027-01-01T12:00:00.000Z";
  const budgetOf = (...spent: Spending[]) => {
    const since: string[] = [];
    const spentSince = async function* (from: string) {
      since.push(from);
      yield* spent;
    };
    return { since, budget: new TokenBudget({ now: () => now, spentSince }) };
  };
  const small = endpoint({ tokens_per_run: 100, tokens_per_day: 150 });

  it("holds what calls side by side may use, and gives back what they did not", async () => {
    const { budget } = budgetOf();
    const run = {};
    const [first] = await Promise.all([
      budget.hold(run, small, 60),
      expect(budget.hold(run, small, 60)).rejects.toMatchObject({ code: "llm-budget" }),
    ]);
    first.settle(10);
    (await budget.hold(run, small, 90)).settle(90);
    await expect(budget.hold(run, small, 1)).rejects.toMatchObject({ code: "llm-budget" });
    await expect(budget.hold({}, small, 51)).rejects.toMatchObject({ code: "llm-budget" });
    (await budget.hold({}, small, 50)).settle(50);
  });

  it("of a day goes on after a start with what the records say, and ends with the day", async () => {
    now = "2027-01-01T12:00:00.000Z";
    const { budget, since } = budgetOf(
      { endpoint: "local", tokens: 140 },
      { endpoint: "other", tokens: 900 },
    );
    await expect(budget.hold({}, small, 11)).rejects.toMatchObject({ code: "llm-budget" });
    (await budget.hold({}, small, 10)).settle(10);
    now = "2027-01-02T00:00:00.000Z";
    (await budget.hold({}, small, 100)).settle(100);
    expect(since).toEqual(["2027-01-01T00:00:00.000Z"]);
  });
});
