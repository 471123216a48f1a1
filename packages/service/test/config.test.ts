import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import {
  CONFIG,
  configKey,
  environmentName,
  loadConfig,
  renderDefaultToml,
  serviceUrl,
} from "../src/config/index.ts";
import type { ServiceError } from "../src/error.ts";

const home = "/home/alice/sigil";
const load = (input: Partial<Parameters<typeof loadConfig>[0]> = {}) =>
  loadConfig({ home, env: {}, ...input });
function refusal(input: Partial<Parameters<typeof loadConfig>[0]>): ServiceError {
  try {
    load(input);
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("the configuration was accepted");
}

describe("settings", () => {
  it("come from defaults < sigil.toml < environment < flags, and each says where it came from", () => {
    const tomlText = "[sigilderg]\nport = 1\n[mmf]\nport = 1\n[codex_nexus]\nport = 1\n";
    const env = { SIGIL_MMF_PORT: "2", SIGIL_CODEX_NEXUS_PORT: "2", PATH: "/bin" };
    const { config, origins } = load({ tomlText, env, flags: ["codex_nexus.port=3"] });
    expect([config.sigilderg.port, config.mmf.port, config.codex_nexus.port, config.log.level]).toEqual([
      1,
      2,
      3,
      "info",
    ]);
    expect(origins).toMatchObject({
      "sigilderg.port": "sigil.toml",
      "mmf.port": "environment SIGIL_MMF_PORT",
      "codex_nexus.port": "flag",
      "log.level": "default",
    });
  });
  it("resolve paths against the home, and keep absolute and empty ones", () => {
    const { config } = load({ flags: ["codex_nexus.data_dir=/srv/data"] });
    expect(config.codex_nexus.anchor_path).toBe(`${home}/anchor/checkpoint`);
    expect(config.codex_nexus.data_dir).toBe("/srv/data");
    expect(config.mmf.modules_dir).toBe("");
  });
  it("take lists from text with commas", () => {
    const { config } = load({ env: { SIGIL_MMF_ALLOWED_HOSTS: "mmf, mmf.local" } });
    expect(config.mmf.allowed_hosts).toEqual(["mmf", "mmf.local"]);
  });
  it("take a list of objects from tables of the file, and from text as JSON", () => {
    const tomlText =
      '[[llm.endpoints]]\nname = "local"\nbase = "http://127.0.0.1:11434/v1"\nmodel = "llama3.2"\nlevel = "Operator"\n';
    const json =
      '[{"name":"local","base":"http://127.0.0.1:11434/v1","model":"llama3.2","level":"Operator"}]';
    const [endpoint] = load({ tomlText }).config.llm.endpoints;
    expect(endpoint).toMatchObject({ name: "local", level: "Operator", retries: 2, auth: "none" });
    expect(load({ env: { SIGIL_LLM_ENDPOINTS: json } }).config.llm.endpoints).toEqual([endpoint]);
    expect(refusal({ flags: ["llm.endpoints=[{"] }).code).toBe("config-invalid-value");
  });
  it("give the address of a service from its url, or from host and port", () => {
    expect(serviceUrl(load().config, "mmf")).toBe("http://127.0.0.1:7401");
    expect(serviceUrl(load({ flags: ["mmf.host=::1"] }).config, "mmf")).toBe("http://[::1]:7401");
    expect(serviceUrl(load({ flags: ["mmf.url=http://mmf:9"] }).config, "mmf")).toBe("http://mmf:9");
  });
});

describe("listening beyond loopback", () => {
  it("is a setting that only SigilDERG has", () => {
    expect(load({ flags: ["sigilderg.host=0.0.0.0"] }).config.sigilderg.host).toBe("0.0.0.0");
    for (const section of ["mmf", "codex_nexus"])
      for (const host of ["0.0.0.0", "10.0.0.7", "::", "example.org", "127.0.0.1.example.org"])
        expect(refusal({ flags: [`${section}.host=${host}`] })).toMatchObject({
          code: "config-invalid-value",
          message: expect.stringContaining("SigilDERG alone may listen beyond it"),
        });
  });
});

describe("a setting that is wrong is refused by name", () => {
  it.each([
    ["a key in the file", { tomlText: "[codex_nexus]\nqueue_limt = 1\n" }, "codex_nexus.queue_limit"],
    ["a section", { tomlText: "[codexnexus]\nport = 1\n" }, "codex_nexus"],
    ["an environment variable", { env: { SIGIL_MMF_PROT: "1" } }, "SIGIL_MMF_PORT"],
    ["a flag", { flags: ["log.levle=info"] }, "log.level"],
  ])("config-unknown-key: %s, with the nearest one", (_, input, near) => {
    const error = refusal(input);
    expect(error.code).toBe("config-unknown-key");
    expect(error.remedy).toBe(`Did you mean ${near}?`);
  });
  it("config-malformed: a file that is not TOML, with line and column", () => {
    const error = refusal({ tomlText: "[mmf]\nport = 7401\nhost = \n" });
    expect(error.code).toBe("config-malformed");
    expect(error.message).toMatch(/^sigil\.toml, line 3, column \d+: /);
  });
  it.each([
    ["a port above 65535", { flags: ["mmf.port=70000"] }, /mmf\.port = 70000 \(flag\)/],
    [
      "a port that is no number",
      { env: { SIGIL_MMF_PORT: "http" } },
      /mmf\.port = "http" \(environment SIGIL_MMF_PORT\)/,
    ],
    ["a port as text in the file", { tomlText: '[mmf]\nport = "7401"\n' }, /sigil\.toml/],
    ["an unknown level", { flags: ["log.level=loud"] }, /log\.level/],
    ["an empty data folder", { flags: ["codex_nexus.data_dir="] }, /data_dir/],
  ])("config-invalid-value: %s, with value, origin and default", (_, input, message) => {
    const error = refusal(input);
    expect(error.code).toBe("config-invalid-value");
    expect(error.message).toMatch(message);
    expect(error.remedy).toContain("The default is");
  });
  it("arguments-invalid: --set without a value", () => {
    expect(refusal({ flags: ["mmf.port"] }).code).toBe("arguments-invalid");
  });
  it("variables that are no settings are left alone", () => {
    expect(() => load({ env: { SIGIL_HOME: "/x", SIGIL_TEST_SEED: "1", OTHER: "2" } })).not.toThrow();
  });
});

describe("the default sigil.toml", () => {
  it("is TOML that changes nothing, and with its comments removed it says exactly the defaults", () => {
    const text = renderDefaultToml();
    expect(load({ tomlText: text }).config).toEqual(load().config);
    const active = text.replaceAll(/^# ([a-z_]+ = .*)$/gm, "$1");
    const tree = parse(active) as Record<string, Record<string, unknown>>;
    for (const row of CONFIG)
      expect([configKey(row), tree[row.section]?.[row.key]]).toEqual([configKey(row), row.default]);
    expect(load({ tomlText: active }).config).toEqual(load().config);
  });
  it("names every key's sentence and environment variable", () => {
    const text = renderDefaultToml();
    for (const row of CONFIG) {
      expect(text).toContain(row.doc);
      expect(text).toContain(environmentName(row));
    }
  });
});
