import { utf8 } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { type MacInput, ResponseKey } from "../src/envelope/response.ts";
import { codeThrownBy, newChannel } from "./fixtures.ts";

const [client, server, stranger] = [newChannel(), newChannel(), newChannel()];
const making = ResponseKey.derive(server, client.publicRaw, "server");
const checking = ResponseKey.derive(client, server.publicRaw, "client");

function answer(change: Partial<MacInput> & { headers?: Record<string, string> } = {}): MacInput {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-request-id": "r",
    ...change.headers,
  };
  return {
    nonce: "n",
    request: "e.s",
    status: 200,
    header: (name) => headers[name],
    body: utf8("{}"),
    ...change,
  };
}

describe("a response's MAC", () => {
  it("is accepted by the client whose channel key the server answered to", () => {
    expect(() => checking.verify(making.mac(answer()), answer())).not.toThrow();
  });
  it.each<[string, Parameters<typeof answer>[0]]>([
    ["the request's nonce", { nonce: "m" }],
    ["the request's envelope", { request: "e.t" }],
    ["the status", { status: 201 }],
    ["the body", { body: utf8("{ }") }],
    ["the content type", { headers: { "content-type": "text/plain" } }],
    ["the request id", { headers: { "x-request-id": "other" } }],
    ["the decision id", { headers: { "sigil-decision": "d" } }],
    ["Retry-After", { headers: { "retry-after": "1" } }],
  ])("covers %s", (_, change) => {
    expect(codeThrownBy(() => checking.verify(making.mac(answer()), answer(change)))).toBe("response-mac");
  });
  it("is refused when it is missing, malformed, shortened or of another server", () => {
    const forged = ResponseKey.derive(stranger, client.publicRaw, "server").mac(answer());
    const variants = [undefined, "", "!", making.mac(answer()).slice(0, 40), forged];
    expect(variants.map((mac) => codeThrownBy(() => checking.verify(mac, answer())))).toEqual(
      variants.map(() => "response-mac"),
    );
  });
  it("has a direction: what a client could compute for itself as a server is not accepted", () => {
    const reflected = ResponseKey.derive(client, server.publicRaw, "server").mac(answer());
    expect(codeThrownBy(() => checking.verify(reflected, answer()))).toBe("response-mac");
  });
});
