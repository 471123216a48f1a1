import { type ServiceClient, WireError } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { BreakingClient } from "../../src/clients/breaking-client.ts";

const silence = new WireError("peer-timeout", "no answer");

/** The state alone: no call gets as far as the client behind it. */
const closed = () => new BreakingClient({} as ServiceClient, "mmf");

describe("the client of a service behind", () => {
  it("opens at the second probe in a row without an answer, and closes at the first answer of any kind", async () => {
    const refused = new WireError("peer-refused", "not ready");
    const away = new WireError("peer-unreachable", "ECONNREFUSED");
    for (const answer of [undefined, refused, away]) {
      const client = closed();
      client.probed(silence);
      client.probed(answer);
      client.probed(silence);
      expect(client.open).toBe(false);
      client.probed(silence);
      await expect(client.call("mmf GET /v1/modules")).rejects.toMatchObject({ code: "peer-halted" });
      await expect(client.stream("codex-nexus POST /v1/bundle").next()).rejects.toMatchObject({
        code: "peer-halted",
      });
      client.probed(answer);
      expect(client.open).toBe(false);
    }
  });
});
