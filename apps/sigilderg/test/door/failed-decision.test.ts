import { generateSeed, signingKey } from "@sigil/crypto";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

const write = (text: string, more: object, key?: string) =>
  stack.ask("POST", "/v1/memory", {
    as: "alice",
    body: { kind: "episodic", text, ...more },
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });

const REFUSED: readonly [what: string, code: string, ask: () => Promise<Answer>][] = [
  ["a block above its writer's level", "level-too-low", () => write("x", { loa: "Root" })],
  ["a block that its kind does not hold", "record-too-large", () => write("\u4e16".repeat(40_000), {})],
  [
    "an idempotency key of other content",
    "idempotency-conflict",
    async () => {
      await write("first", {}, "k");
      return await write("second", {}, "k");
    },
  ],
  [
    "a licence of a foreign issuer",
    "body-invalid",
    async () => {
      const licence = await stack.home.sign(stack.home.claims("dave", "Root"), signingKey(generateSeed()));
      return await stack.ask("POST", "/v1/licences", { as: "rita", body: { licence } });
    },
  ],
  [
    "an export of what is not there",
    "not-found",
    () => stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids: [uuidv7()] } }),
  ],
];

describe("an allowed action that its own request keeps from being done", () => {
  it.each(REFUSED)("%s leaves the decision with a failed outcome", async (_, code, ask) => {
    const { body } = await ask();
    expect(body.code).toBe(code);
    const found = await stack.ask("GET", `/v1/decisions/${body.decisionId}`, { as: "rita" });
    expect(found.body.body).toMatchObject({ id: body.decisionId, verdict: "allow" });
    expect(found.body.outcome).toMatchObject({ status: "failed", code });
  });
});
