import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withDoorAt } from "../src/clients/door.ts";
import { licenseIssue } from "../src/commands/license/issue.ts";
import { Input } from "../src/domain/command.ts";
import { readLicences, shelf } from "../src/store/licences.ts";
import { codeOf, doorAt } from "./place.ts";

const claims = { sub: "rita", exp: 4_000_000_000, scope: ["*"], loa: "Root" };
const OLD = `a.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c`;
const NEW = "new.licence.here";

let home: string;
let server: Server;
let folder: string;
let recording: "lost" | "refused" = "lost";

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sigil-issue-"));
  folder = home;
  writeFileSync(join(folder, "root.jwt"), OLD);
  server = createServer((request, response) => {
    if (request.method === "GET") {
      response.setHeader("content-type", "application/json").end('{"records":[],"next":null}');
    } else if (recording === "lost") {
      // The request arrived and may have been carried out; its answer never comes.
      request.resume().on("end", () => response.destroy());
    } else {
      const problem = { type: "t", title: "t", status: 422, detail: "no", code: "body-invalid", remedy: "r" };
      response.writeHead(422, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

const issue = () => {
  const { port } = server.address() as AddressInfo;
  const command = licenseIssue({
    withDoor: (_settings, _action, use) => withDoorAt(doorAt(`http://127.0.0.1:${port}`), undefined, use),
    issuer: () => ({
      kid: "k",
      bindings: { runtimeId: "here", canonFingerprint: `sha256:${"0".repeat(64)}` },
      sign: async () => NEW,
    }),
    licences: () => readLicences(folder),
    quorumMode: () => "solo",
    shelf: { keep: (_folder, plan, token) => shelf.keep(folder, plan, token) },
    homeOf: () => home,
    now: () => new Date(),
  } as Parameters<typeof licenseIssue>[0]);
  const settings = { json: false, home, set: [], licence: undefined };
  return command.run(new Input(settings, {}, { principal: "rita", loa: "Root" }));
};

describe("license issue", () => {
  test("a licence whose recording was not answered is kept: it may have superseded the one that is there", async () => {
    recording = "lost";
    expect(await codeOf(issue)).toBe("licence-perhaps-recorded");
    expect(readFileSync(join(folder, "root.jwt.next"), "utf8").trim()).toBe(NEW);
    expect(readFileSync(join(folder, "root.jwt"), "utf8")).toBe(OLD);
  });

  test("a licence that was refused leaves no file", async () => {
    recording = "refused";
    expect(await codeOf(issue)).toBe("door-refused");
    expect(existsSync(join(folder, "root.jwt.next"))).toBe(false);
    expect(readFileSync(join(folder, "root.jwt"), "utf8")).toBe(OLD);
  });
});
