import { describe, expect, test } from "vitest";
import { parseBundle, parseJson, parseTrustFile } from "../../packages/canon/src/index.ts";
import { requireDraftFrame } from "../../packages/canon/src/record/check.ts";
import { fromHex, toBase64url, utf8 } from "../../packages/crypto/src/index.ts";
import { actionRow, isLoa, licenceClaims } from "../../packages/policy/src/index.ts";
import { readLicence } from "../../packages/policy/src/licence/read.ts";
import { loadConfig } from "../../packages/service/src/config/index.ts";
import { ROUTES, type RouteRow, readEnvelope, routeId, WireError } from "../../packages/wire/src/index.ts";
import { readManifest } from "../../packages/wire/src/module-package/index.ts";

// Names and keys that look like others, against every parser that reads one.

/** What a name is turned into, and must then be no name at all: it is neither taken nor made into the one that it resembles. */
const LOOKALIKES: readonly (readonly [string, (name: string) => string])[] = [
  ["a Cyrillic letter", (name) => name.replace("a", "\u0430")],
  ["a Greek letter", (name) => name.replace("o", "\u03bf").replace("a", "\u03b1")],
  ["full width", (name) => name.replace(/[a-zA-Z]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))],
  ["a mathematical letter", (name) => name.replace(/[aeo]/, "\u{1d41a}")],
  ["a composed accent", (name) => name.replace(/[aeo]/, "\u00e9")],
  ["a combining accent", (name) => name.replace(/[aeo]/, "$&\u0301")],
  ["a ligature", (name) => `${name}\ufb01`],
  ["a dotless i", (name) => `${name}\u0131`],
  ["the Kelvin sign", (name) => `${name}\u212a`],
  ["a zero-width joiner", (name) => `${name.slice(0, 1)}\u200d${name.slice(1)}`],
  ["a soft hyphen", (name) => `${name.slice(0, 1)}\u00ad${name.slice(1)}`],
  ["a right-to-left override", (name) => `\u202e${name}`],
  ["a byte order mark", (name) => `\ufeff${name}`],
  ["a no-break space", (name) => `${name}\u00a0`],
  ["a space", (name) => `${name} `],
  ["a line feed", (name) => `${name}\n`],
  ["a NUL", (name) => `${name}\0`],
  ["a lone surrogate", (name) => `${name}\ud800`],
  ["the other case", (name) => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase())],
  ["a step up", (name) => `../${name}`],
  ["a root", (name) => `/${name}`],
  ["a drive", (name) => `C:\\${name}`],
  ["a percent escape", (name) => `%2e%2e%2f${name}`],
  ["a leading dot", (name) => `.${name}`],
  ["nothing", () => ""],
];

const row = (id: string): RouteRow => {
  const found = (ROUTES as readonly RouteRow[]).find((candidate) => routeId(candidate) === id);
  if (found === undefined) throw new Error(`no route ${id}`);
  return found;
};
const body = (id: string, value: unknown) => row(id).request?.parse(value);
const query = (id: string, value: unknown) => row(id).query?.parse(value);
const params = (id: string, value: unknown) => row(id).params?.parse(value);

const memory = (changes: object) =>
  body("sigilderg POST /v1/memory", { kind: "episodic", text: "x", ...changes });

const entry = (changes: object) =>
  body("sigilderg POST /v1/canon", { entries: [{ slug: "x", title: "x", text: "x", ...changes }] });

const ID = "01930000-0000-7000-8000-000000000000";
const claims = (changes: object) =>
  licenceClaims.parse({
    ...{ iss: "k", sub: "alice", jti: ID, serial: 1, iat: 1, nbf: 1, exp: 2, loa: "Operator" },
    owner: { id: "o", name: "o" },
    scope: [],
    bindings: { runtimeId: "r", canonFingerprint: `sha256:${"a".repeat(64)}` },
    ...changes,
  });

const draft = (changes: object) =>
  requireDraftFrame({
    ...{ id: ID, kind: "memory.block", space: "user", stream: "memory/alice", loa: "Observer", links: [] },
    author: { principal: "alice", loa: "Operator" },
    salt: "A".repeat(43),
    payload: {},
    ...changes,
  });

const manifestText = (changes: object) =>
  JSON.stringify({
    ...{ id: "alpha", version: "1.0.0", engine: "quickjs-1", entry: "dist/module.js" },
    ...{ input: { type: "object" }, capabilities: [], licence: "MIT" },
    files: { "dist/module.js": `sha256:${"a".repeat(64)}` },
    ...changes,
  });
const manifest = (changes: object) => readManifest(utf8(manifestText(changes)));

/** The public key of RFC 8032 section 7.1, test 1. */
const PUBLISHER = toBase64url(fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));

/** Where a name is read: the parser that reads it, and a name that it takes. */
const PARSERS: readonly (readonly [string, string, (name: string) => unknown])[] = [
  ["the principal of a licence", "alice", (sub) => claims({ sub })],
  ["the level of a licence", "Root", (loa) => claims({ loa })],
  ["a scope of a licence", "canon.read", (scope) => claims({ scope: [scope] })],
  ["a tag of a memory block", "alpha", (tag) => memory({ tags: [tag] })],
  ["the kind of a memory block", "episodic", (kind) => memory({ kind })],
  ["the least level of a memory block", "Root", (loa) => memory({ loa })],
  ["a tag that is asked for", "alpha", (tag) => query("sigilderg GET /v1/memory", { tag })],
  ["the slug of a canon entry", "alpha", (slug) => entry({ slug })],
  ["the stream of a canon entry", "canon/alpha/beta", (stream) => entry({ stream })],
  ["a stream that is asked for", "canon/alpha", (stream) => query("sigilderg GET /v1/canon", { stream })],
  ["a module in a path", "alpha", (id) => params("sigilderg POST /v1/modules/:id/runs", { id })],
  [
    "a block in a path",
    ID.replace("0000-7", "000a-7"),
    (id) => params("sigilderg GET /v1/memory/:id", { id }),
  ],
  ["the stream of a record", "memory/alice", (stream) => draft({ stream })],
  ["the principal of a record", "alice", (principal) => draft({ author: { principal, loa: "Operator" } })],
  ["the level of a record", "Root", (loa) => draft({ loa })],
  [
    "the label of a link",
    "alpha",
    (label) => draft({ links: [{ label, target: `sha256:${"a".repeat(64)}` }] }),
  ],
  ["the id of a module package", "alpha", (id) => manifest({ id })],
  ["the publisher of a module package", PUBLISHER, (publisher) => manifest({ publisher })],
  ["an action", "canon.read", (action) => actionRow(action)],
  [
    "a level",
    "Root",
    (level) => {
      if (!isLoa(level)) throw new TypeError(`no level: ${level}`);
    },
  ],
];

describe("a name that looks like another", () => {
  test.each(PARSERS)("is refused as %s", (_, good, read) => {
    expect(() => read(good)).not.toThrow();
    const taken = LOOKALIKES.filter(([, make]) => make(good) !== good).filter(([, make]) => {
      try {
        read(make(good));
        return true;
      } catch {
        return false;
      }
    });
    expect(taken.map(([how]) => how)).toEqual([]);
  });
});

/** Keys that change an object that is merged into another, plain and escaped. */
const POLLUTED = ["__proto__", "\\u005f\\u005fproto__", "constructor", "prototype"].flatMap((key) => [
  `{"${key}":{"admin":true}}`,
  `{"a":[{"${key}":{"admin":true}}]}`,
]);
const part = (text: string) => toBase64url(utf8(text));

/** Every way in for JSON: where its bytes are parsed, and the code by which they are refused. */
const DOORS: readonly (readonly [string, (text: string) => unknown, RegExp])[] = [
  ["a body", (text) => parseJson(utf8(text)), /^key-forbidden/],
  ["the claims of a licence", (text) => readLicence(licence(text)), /^licence-malformed/],
  [
    "the header of a licence",
    (text) => readLicence(`${part(text)}.${part("{}")}.${"A".repeat(86)}`),
    /^licence-malformed/,
  ],
  [
    "an envelope",
    (text) => readEnvelope([`${part(text)}.${"A".repeat(86)}`]),
    /^envelope-(malformed|not-canonical)/,
  ],
  ["a module's manifest", (text) => readManifest(utf8(text)), /^manifest-malformed/],
  ["a proof bundle", (text) => parseBundle(text), /^key-forbidden/],
  ["a trust file", (text) => parseTrustFile(text), /^key-forbidden/],
];

function licence(payload: string): string {
  const header = JSON.stringify({ alg: "EdDSA", kid: "k", typ: "sigil-license+jwt" });
  return `${part(header)}.${part(payload)}.${"A".repeat(86)}`;
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return "taken";
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}

describe("a key that would change every object", () => {
  test.each(DOORS)("is refused in %s, at its top and within, plain and escaped", (_, read, code) => {
    for (const text of POLLUTED)
      expect([text, codeOf(() => read(text))]).toEqual([text, expect.stringMatching(code)]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    "[__proto__]\nadmin = true",
    "__proto__.admin = true",
    "[constructor.prototype]\nadmin = true",
    "[sigilderg]\n__proto__ = { admin = true }",
    "[sigilderg.__proto__]\nadmin = true",
    "[sigilderg]\nconstructor = 1",
  ])("is no setting of sigil.toml: %j", (tomlText) => {
    expect(codeOf(() => loadConfig({ home: "/tmp/none", env: {}, tomlText }))).toMatch(/^config-/);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([
    "__proto__.admin=true",
    "sigilderg.__proto__=1",
    "constructor.prototype=1",
    "sigilderg.constructor=1",
  ])("is no setting of a flag or of the environment: %j", (flag) => {
    const [name = "", value = ""] = flag.split("=");
    const env = { [`SIGIL_${name.toUpperCase().replaceAll(".", "_")}`]: value };
    expect(codeOf(() => loadConfig({ home: "/tmp/none", env: {}, flags: [flag] }))).toBe(
      "config-unknown-key",
    );
    expect(codeOf(() => loadConfig({ home: "/tmp/none", env }))).toBe("config-unknown-key");
  });
});

describe("a file of a module package", () => {
  const PATHS = [
    ...[
      "../x.js",
      "dist/../../x.js",
      "/etc/passwd",
      "./x.js",
      "dist//x.js",
      "dist/./x.js",
      "dist/",
      ".hidden",
    ],
    ...[
      "dist\\x.js",
      "C:\\x.js",
      "C:/x.js",
      "\\\\server\\x.js",
      "dist/x.js\0",
      "dist/%2e%2e/x.js",
      "di\u0455t/x.js",
      "",
    ],
  ];
  test.each(PATHS)("is never outside of it: %j is refused", (path) => {
    const files = { "dist/module.js": `sha256:${"a".repeat(64)}`, [path]: `sha256:${"b".repeat(64)}` };
    expect(() => manifest({})).not.toThrow();
    expect(() => manifest({ files })).toThrow(WireError);
    expect(() => manifest({ entry: path, files })).toThrow(WireError);
  });
});
