import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { withDoorAt } from "../src/clients/door.ts";
import type { Licence } from "../src/domain/licence-choice.ts";
import { codeOf, doorAt } from "./place.ts";

const HASH = `sha256:${"a".repeat(64)}`;
const licence: Licence = {
  name: "operator",
  token: "a.licence.token",
  claims: {
    ...{ sub: "ada", loa: "Operator", scope: ["*"], nbf: 0, exp: 4e9, serial: 1, jti: "l-1" },
    bindings: { runtimeId: "r-1", canonFingerprint: HASH },
  },
};

/** Somebody who answers where the door is looked for, and every licence that was shown to them. */
async function somebody(answer: RequestListener): Promise<{ url: string; shown: string[] }> {
  const shown: string[] = [];
  const server = createServer((incoming, response) => {
    if (incoming.headers.authorization !== undefined) shown.push(incoming.headers.authorization);
    answer(incoming, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, shown };
}

const door =
  (runtimeId: string, version: string, rest: RequestListener): RequestListener =>
  (incoming, response) => {
    const json = (body: object) =>
      void response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    if (incoming.url === "/.well-known/sigil-keys")
      return json({
        ...{ service: "sigilderg", instance: "i".repeat(22), runtimeId },
        ...{ genesis: HASH, policy: HASH, keys: [] },
      });
    if (incoming.url === "/version") return json({ service: "sigilderg", version });
    if (incoming.url === "/readyz") return json({ ready: true, reasons: [] });
    return rest(incoming, response);
  };

const asked = (url: string) =>
  codeOf(() => withDoorAt(doorAt(url), licence, (open) => open.call("sigilderg GET /v1/memory")));

describe("a licence is not shown", () => {
  test("to a program that is not SigilDERG, which is named", async () => {
    const { url, shown } = await somebody((_, response) => void response.end("<html>printer</html>"));
    expect(await asked(url)).toBe("runtime-foreign");
    expect(shown).toEqual([]);
  });

  test("to the runtime of another home, which is named", async () => {
    const { url, shown } = await somebody(door("r-2", "1.0.0", (_, response) => void response.end()));
    expect(await asked(url)).toBe("runtime-differs");
    expect(shown).toEqual([]);
  });

  test("where nobody listens: it is unreachable", async () => {
    const { url } = await somebody(() => undefined);
    const free = url.replace(/\d+$/, "1");
    expect(await asked(free)).toBe("door-unreachable");
  });
});

describe("a runtime of another version", () => {
  const unknown: RequestListener = (_, response) => {
    const problem = {
      ...{ type: "about:blank", title: "Not found", status: 404, code: "not-found" },
      ...{ detail: "there is no such route", remedy: "Ask for another." },
    };
    response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
  };

  test.each(["0.9.0", "2.0.0"])(
    "that does not know what is asked is named with both: %s",
    async (version) => {
      const { url } = await somebody(door("r-1", version, unknown));
      const call = withDoorAt(doorAt(url), licence, (open) => open.call("sigilderg GET /v1/memory"));
      await expect(call).rejects.toMatchObject({
        code: "runtime-version-differs",
        message: expect.stringContaining(`${url} is version ${version}, this command is 1.0.0`),
        remedy: expect.stringContaining("start it with this one"),
      });
    },
  );

  test("of this version says what it says", async () => {
    const { url, shown } = await somebody(door("r-1", "1.0.0", unknown));
    const call = withDoorAt(doorAt(url), licence, (open) => open.call("sigilderg GET /v1/memory"));
    await expect(call).rejects.toMatchObject({ code: "door-refused", problem: { code: "not-found" } });
    expect(shown).toEqual(["Bearer a.licence.token"]);
  });

  test("that answers in another shape is named too", async () => {
    const { url } = await somebody(
      door(
        "r-1",
        "0.9.0",
        (_, response) => void response.setHeader("content-type", "application/json").end('{"blocks":"all"}'),
      ),
    );
    expect(await asked(url)).toBe("runtime-version-differs");
  });
});
