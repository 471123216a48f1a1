import type { TrustFile } from "@sigil/canon";
import {
  createLogger,
  createService,
  loadConfigFile,
  peerClient,
  readServiceKeys,
  serve,
} from "@sigil/service";
import type { ServiceClient } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { CodexNexus } from "../../src/clients/codex-nexus.ts";
import { ChatEndpoints } from "../../src/clients/llm/chat.ts";
import { connectUpstreams } from "../../src/clients/upstreams.ts";
import { PinnedTrust } from "../../src/domain/credentials/pinned-trust.ts";
import { FileDueCommands } from "../../src/due-commands-file.ts";
import { Stack } from "../stack.ts";
import { storeSuite } from "../store-suite.ts";

let stack: Stack;
let client: ServiceClient;
beforeAll(async () => {
  stack = await Stack.start({ people: { alice: "Operator" }, services: ["codex-nexus"] });
  client = stack.client("codex-nexus");
}, 60_000);
afterAll(async () => {
  await client?.close();
  await stack?.close();
});

const untimed = <T>(call: () => Promise<T>): Promise<T> => call();

const pinned = (trust: TrustFile) => new PinnedTrust(() => trust);
storeSuite("Codex Nexus", async () => new CodexNexus(client, pinned(stack.trust), untimed));

describe("a store that is not the pinned one", () => {
  it("its records are not believed under other record keys", async () => {
    const trust = { ...stack.trust, keys: { ...stack.trust.keys, record: stack.trust.keys.log } };
    const store = new CodexNexus(client, pinned(trust), untimed);
    const all = store.query({ order: "asc", limit: 1 }, { ...AUTHORITY });
    await expect(all).rejects.toMatchObject({ code: "record-damaged" });
  });

  it("its checkpoints are not believed under another log key", async () => {
    const trust = { ...stack.trust, keys: { ...stack.trust.keys, log: stack.trust.keys.record } };
    await expect(new CodexNexus(client, pinned(trust), untimed).checkpoint()).rejects.toMatchObject({
      code: "checkpoint-inconsistent",
    });
  });
});

const AUTHORITY = {
  principal: "alice",
  loa: "Operator",
  decision: "01900000-0000-7000-8000-000000000000",
} as const;

describe("the route table", () => {
  const app = () => {
    const home = stack.home.path;
    const { config, origins } = loadConfigFile({ home, env: {} });
    const keys = readServiceKeys(home, "sigilderg");
    const mmf = peerClient({ self: "sigilderg", peer: "mmf", config, keys });
    const logger = createLogger({ service: "sigilderg", level: "silent" });
    const connect = connectUpstreams(
      { codexNexus: client, mmf },
      { codexNexus: client, mmf },
      pinned(stack.trust),
      1_000,
    );
    const due = new FileDueCommands(home, Date.now);
    return createApp({
      due,
      llm: new ChatEndpoints({ home, said: () => {} }),
      config,
      origins,
      version: "0.0.0",
      keys,
      trust: pinned(stack.trust),
      logger,
      connect,
    });
  };

  it("every row of this service has a handler", () => {
    expect(() => app().service.assertComplete()).not.toThrow();
  });

  it("a route that is no row of the table does not start", () => {
    const { service } = app();
    const unmapped = "sigilderg GET /v1/unmapped" as "sigilderg GET /v1/memory";
    expect(() => service.route(unmapped, () => ({ json: { blocks: [], next: null } }))).toThrow(
      expect.objectContaining({ code: "route-unmapped" }),
    );
  });

  it("a service with a row that nothing handles does not listen", async () => {
    const keys = readServiceKeys(stack.home.path, "sigilderg");
    const { config } = loadConfigFile({ home: stack.home.path, env: {} });
    const logger = createLogger({ service: "sigilderg", level: "silent" });
    const readiness = () => ({ ready: true, reasons: [] });
    const holed = createService({
      name: "sigilderg",
      version: "0.0.0",
      config,
      keys,
      logger,
      readiness,
      admit: () => undefined,
    });
    const listening = serve({ service: holed, host: "127.0.0.1", port: 0, signals: false });
    await expect(listening).rejects.toMatchObject({ code: "route-unhandled" });
  });
});
