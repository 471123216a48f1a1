import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSeed, signingKey, toBase64url, utf8 } from "@sigil/crypto";
import { ACTIONS, actionRow, type Caller, decide, isLoa, LOA, type Loa } from "@sigil/policy";
import { ROUTES, type RouteRow, sealRequest } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decidedAtDoor } from "../../apps/cli/src/domain/local-decision.ts";
import { instanceOf, serviceKey } from "./keys.ts";
import { bearer, cli, cookie, type Door, envelope, type Person, type Way } from "./matrix/doors.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

/** Every door that takes a licence. One line each. */
const DOORS: Readonly<Record<string, Door>> = { bearer, cookie, envelope, cli };

const GOLDEN = new URL("./matrix/doors.golden.txt", import.meta.url);
const place = temporaryHome("matrix");
const folder = join(place.parent, "files");
const people: Person[] = [];
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
  mkdirSync(folder);
  people.push({ name: "nobody", licence: null, file: null, program: await program("nobody", null) });
  for (const loa of LOA) {
    const { file, licence } = await issued(`m-${loa.toLowerCase()}`, loa);
    people.push({ name: loa, licence, file, program: await program(loa.toLowerCase(), loa) });
  }
  // The home keeps no licence, so that a command finds the one that it is given and no other.
  const kept = join(place.home, "licences");
  for (const file of readdirSync(kept)) renameSync(join(kept, file), join(folder, file));
}, 180_000);
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

async function issued(principal: string, loa: Loa, ...more: string[]) {
  const file = join(folder, `${principal}.jwt`);
  await runtime.json("license", "issue", "--principal", principal, "--loa", loa, "--out", file, ...more);
  return { file, licence: readFileSync(file, "utf8").trim() };
}

/** Enrols a key that may call every route; without a level its program has no licence. */
async function program(suffix: string, loa: Loa | null): Promise<Person["program"]> {
  const key = signingKey(generateSeed());
  const name = `e-${suffix}`;
  const enrolled = ["--principal", name, "--public-key", toBase64url(key.publicKey.raw)];
  const { kid } = await runtime.json("client-key", "add", ...enrolled);
  return { name, key, licence: loa === null ? null : (await issued(name, loa, "--bind-key", kid)).licence };
}

/** What the table says to a fresh person of this level in solo mode. */
function expected(action: string, { name, licence }: Person): string {
  const caller: Caller | null =
    licence === null || !isLoa(name)
      ? null
      : { principal: "m", loa: name, licence: { jti: "j", serial: 1, scope: ["*"] } };
  const { verdict, status } = decide(action, caller, { mode: "solo" }, new Date().toISOString());
  return verdict === "allow" ? "yes" : String(status);
}

function expectGolden(lines: readonly string[]): void {
  const text = `${lines.join("\n")}\n`;
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(GOLDEN, text);
  expect(text, "if that is meant: UPDATE_GOLDEN=1, and have the difference reviewed").toBe(
    readFileSync(GOLDEN, "utf8"),
  );
}

const row = (cells: readonly string[]) =>
  cells
    .map((cell, i) => cell.padEnd([20, 7, 7, 7, 9, 9, 7, 7, 7, 9][i] ?? 0))
    .join(" ")
    .trimEnd();

/** Decided on this machine alone, where no route says anything. */
const actionsHere = new Set(ACTIONS.map(({ action }) => action).filter((action) => !decidedAtDoor(action)));

/** What a command reads before it asks for what it is there for, as a denial names it. */
const READS_FIRST: Readonly<Record<string, RegExp>> = {
  "sigil quorum enter": /decision\.explain needs/,
  "sigil proposal attest": /decision\.explain needs/,
  "sigil proposal reject": /decision\.explain needs/,
  "sigil config change": /config\.read needs/,
  "sigil license issue": /canon\.read needs/,
  "sigil issuer rotate": /config\.read needs/,
  "sigil issuer retire": /config\.read needs/,
};

describe("the same caller gets the same answer", () => {
  test("through every door, for every action and level, by the same code for the same reasons, and it is the table's", async () => {
    const asked = new Map<string, Set<string>>();
    // What the first that asked was told: every route and every command of the action, at every door, is told the same.
    const reasons = new Map<string, { readonly name: string; readonly why: string }>();
    const wrong: string[] = [];
    for (const [door, open] of Object.entries(DOORS)) {
      const byAction = Map.groupBy(open(runtime, folder), ({ action }: Way) => action);
      for (const [action, ways] of byAction) {
        if (actionRow(action).least === "none") continue;
        const cells = people.map((person) => expected(action, person));
        for (const way of ways)
          for (const [i, person] of people.entries()) {
            const { answer, why } = await way.ask(person);
            if (answer !== cells[i])
              wrong.push(`${way.name} as ${person.name}: ${answer}, the table says ${cells[i]}`);
            // A command that has to read something first may be denied that already, and says so.
            if (answer !== "403" || actionsHere.has(action) || READS_FIRST[way.name]?.test(why)) continue;
            const first = reasons.get(`${action} ${person.name}`) ?? { name: way.name, why };
            reasons.set(`${action} ${person.name}`, first);
            if (first.why !== why)
              wrong.push(`${way.name} as ${person.name}: ${why}; ${first.name} says ${first.why}`);
          }
        asked.set(action, (asked.get(action) ?? new Set()).add(door));
      }
    }
    expect(wrong).toEqual([]);
    const doors = Object.keys(DOORS);
    const licensed = ACTIONS.filter(({ least }) => isLoa(least));
    expectGolden([
      "Who gets what through which door: fresh people with the scope *, in solo mode, asked of a running Sigil.",
      "yes = allowed · 401, 403 = denied · asked = every route or command of the action was asked at that door · – = there is none",
      "",
      row(["action", ...people.map(({ name }) => name), ...doors]),
      ...licensed.map(({ action }) => {
        const at = asked.get(action);
        const cells = people.map((person) => (at === undefined ? "·" : expected(action, person)));
        return row([action, ...cells, ...doors.map((door) => (at?.has(door) ? "asked" : "–"))]);
      }),
      "",
      "By envelope, under the key of a service:",
      "",
      row(["action", "derg", "mmf"]),
      ...(await envelopeRows()),
    ]);
  }, 600_000);
});

/** Every route that an envelope opens, asked under the key of each service. */
async function envelopeRows(): Promise<string[]> {
  const routes = ROUTES.filter(
    ({ auth }) => auth === "envelope" || auth === "envelope+grant",
  ) as readonly RouteRow[];
  const rows = new Map<string, string>();
  for (const route of routes) {
    const cells: string[] = [];
    for (const key of ["sigilderg", "mmf"] as const) {
      const got = await sealed(route, key);
      const may = route.roles?.includes(key) === true;
      const asked = `${route.service} ${route.path} under the key of ${key}`;
      expect([asked, got]).toEqual([asked, may ? "yes" : "403"]);
      const { by } = actionRow(route.action);
      expect([asked, by ?? "sigilderg"]).toEqual([asked, route.roles?.[0]]);
      cells.push(got);
    }
    rows.set(route.action, row([route.action, ...cells]));
  }
  return [...rows.values()];
}

/** `yes` when the envelope was accepted: what is then refused is the body, or the grant that is missing. */
async function sealed(route: RouteRow, service: "sigilderg" | "mmf"): Promise<string> {
  const url = `http://127.0.0.1:${runtime.ports[route.service]}`;
  const path = route.path.replace(/:call/, "memory.list").replace(/:\w+/g, "x");
  const body = route.maxBytes > 0 ? '{"no such field":true}' : "";
  const contentType = body === "" ? "" : "application/json";
  const { header } = sealRequest({
    ...{ key: serviceKey(place.home, service), iss: service, contentType, body: utf8(body), now: Date.now() },
    aud: `${route.service}/${await instanceOf(url, place.home)}`,
    method: route.method,
    url: path,
  });
  const answer = await fetch(url + path, {
    method: route.method,
    headers: { "sigil-envelope": header, ...(body === "" ? {} : { "content-type": contentType }) },
    ...(body === "" ? {} : { body }),
  });
  const text = await answer.text();
  const code = text.startsWith("{") ? (JSON.parse(text) as { code?: string }).code : undefined;
  return code?.startsWith("envelope-") ? String(answer.status) : "yes";
}
