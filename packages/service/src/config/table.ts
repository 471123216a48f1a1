import { type LlmEndpoint, llmEndpoints } from "@sigil/wire";
import { z } from "zod";

/** One setting. `path` marks a value that is a path relative to the home. */
export interface ConfigRow {
  readonly section: string;
  readonly key: string;
  readonly schema: z.ZodType;
  readonly default: string | number | readonly string[];
  readonly doc: string;
  readonly path?: true;
  /** Whether a `config.change` record may set it while everything runs. What is not marked holds from start to start. */
  readonly runtime?: true;
  /** Whether the value is a list of objects: JSON where it is given as text. */
  readonly structured?: true;
}

const host = z.string().regex(/^[0-9A-Za-z.:_-]{1,253}$/, "a host name or address");
const loopback = z
  .string()
  .regex(/^(127(\.\d{1,3}){3}|localhost|::1)$/, "a loopback address; SigilDERG alone may listen beyond it");
const port = z.int().min(0).max(65_535);
const rate = z.int().min(1).max(1_000_000_000);
const hosts = z.array(host).max(16);
const url = z.union([z.literal(""), z.url({ protocol: /^https?$/ })]);
const path = z.string().min(1).max(4096);

const HOST_DOC =
  "Address to listen on. Anything but loopback lets other machines try the door; a warning says so at every start.";
const LOOPBACK_DOC = "Loopback address to listen on: only SigilDERG listens beyond it.";
const NAMES_DOC = "Names beside loopback that a Host header may carry.";
const URL_DOC = "Where the other services reach it; empty means http://<host>:<port>.";

/** Every setting there is. Files, environment, flags, `sigil config show` and the reference all read this table. */
export const CONFIG = [
  { section: "sigilderg", key: "host", schema: host, default: "127.0.0.1", doc: HOST_DOC },
  {
    section: "sigilderg",
    key: "port",
    schema: port,
    default: 7400,
    doc: "Port of the public door; 0 takes a free one.",
  },
  { section: "sigilderg", key: "allowed_hosts", schema: hosts, default: [], doc: NAMES_DOC },
  { section: "sigilderg", key: "url", schema: url, default: "", doc: URL_DOC },
  {
    section: "sigilderg",
    key: "max_body_bytes",
    schema: z.int().min(1024).max(16_777_216),
    default: 2_097_152,
    doc: "Greatest request body of any route, in bytes; a route's own limit may be lower.",
  },
  {
    section: "sigilderg",
    key: "max_connections",
    schema: z.int().min(1).max(65_536),
    default: 1024,
    doc: "Connections to the public door at the same time; further ones are closed.",
  },
  {
    section: "sigilderg",
    key: "trusted_proxies",
    schema: hosts,
    default: [],
    doc: "Addresses of proxies whose X-Forwarded-For is believed; without one the header is ignored.",
  },
  {
    section: "sigilderg",
    key: "rate_address",
    schema: rate,
    default: 600_000,
    doc: "Requests a minute of one address, whoever asks; an IPv6 address counts as its /64.",
  },
  {
    section: "sigilderg",
    key: "rate_read",
    runtime: true,
    schema: rate,
    default: 300_000,
    doc: "Requests a minute of one principal for actions that change nothing.",
  },
  {
    section: "sigilderg",
    key: "rate_write",
    runtime: true,
    schema: rate,
    default: 60_000,
    doc: "Requests a minute of one principal for durable actions below Root.",
  },
  {
    section: "sigilderg",
    key: "rate_govern",
    runtime: true,
    schema: rate,
    default: 600,
    doc: "Requests a minute of one principal for durable actions of Root.",
  },
  {
    section: "sigilderg",
    key: "module_violations",
    runtime: true,
    schema: z.int().min(1).max(100),
    default: 5,
    doc: "Violations of Rule Zero by one digest of a module that suspend it, if they are not older than module_violation_hours.",
  },
  {
    section: "sigilderg",
    key: "module_violation_hours",
    runtime: true,
    schema: z.int().min(1).max(8784),
    default: 24,
    doc: "Hours for which a violation counts towards a suspension; at most a year.",
  },
  {
    section: "sigilderg",
    key: "security_contact",
    runtime: true,
    schema: z.union([
      z.literal(""),
      z
        .string()
        .max(256)
        .regex(/^(mailto:|tel:|https:\/\/)[!-~]+$/),
    ]),
    default: "",
    doc: "mailto:, tel: or https: of whoever wants to hear of faults; given out as /.well-known/security.txt (RFC 9116).",
  },
  { section: "mmf", key: "host", schema: loopback, default: "127.0.0.1", doc: LOOPBACK_DOC },
  {
    section: "mmf",
    key: "port",
    schema: port,
    default: 7401,
    doc: "Port of the module executor; 0 takes a free one.",
  },
  { section: "mmf", key: "allowed_hosts", schema: hosts, default: [], doc: NAMES_DOC },
  { section: "mmf", key: "url", schema: url, default: "", doc: URL_DOC },
  {
    section: "mmf",
    key: "modules_dir",
    schema: z.string().max(4096),
    default: "",
    path: true,
    doc: "Folder of module packages; empty means the built-in modules.",
  },
  {
    section: "mmf",
    key: "runners",
    schema: z.int().min(1).max(64),
    default: 2,
    doc: "Module runs at the same time, each in a process of its own.",
  },
  {
    section: "mmf",
    key: "isolation",
    schema: z.enum(["process", "strict"]),
    default: "process",
    doc: "`strict` demands the outer sandbox (bubblewrap) and refuses to run without it.",
  },
  { section: "codex_nexus", key: "host", schema: loopback, default: "127.0.0.1", doc: LOOPBACK_DOC },
  {
    section: "codex_nexus",
    key: "port",
    schema: port,
    default: 7402,
    doc: "Port of the store; 0 takes a free one.",
  },
  { section: "codex_nexus", key: "allowed_hosts", schema: hosts, default: [], doc: NAMES_DOC },
  { section: "codex_nexus", key: "url", schema: url, default: "", doc: URL_DOC },
  {
    section: "codex_nexus",
    key: "data_dir",
    schema: path,
    default: "data",
    path: true,
    doc: "Folder of the encrypted database.",
  },
  {
    section: "codex_nexus",
    key: "anchor_path",
    schema: path,
    default: "anchor/checkpoint",
    path: true,
    doc: "Where the last checkpoint is kept, outside data_dir, so that a rolled-back store is noticed.",
  },
  {
    section: "codex_nexus",
    key: "queue_limit",
    schema: z.int().min(1).max(1_048_576),
    default: 4096,
    doc: "Records that may wait for a commit; beyond it callers get 503.",
  },
  {
    section: "llm",
    key: "endpoints",
    runtime: true,
    structured: true,
    schema: llmEndpoints,
    default: [],
    doc: "Language models that modules may ask, the default first: a [[llm.endpoints]] table each with name, base and model. In quorum mode only a record sets them.",
  },
  {
    section: "log",
    key: "level",
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
    default: "info",
    doc: "Least severity that is logged.",
  },
] as const satisfies readonly ConfigRow[];

type Row = (typeof CONFIG)[number];
type RowsOf<S extends Row["section"]> = Extract<Row, { section: S }>;

/** The settings of one start, validated; paths are absolute. */
export type Config = {
  readonly [S in Row["section"]]: {
    readonly [K in RowsOf<S>["key"]]: z.output<Extract<RowsOf<S>, { key: K }>["schema"]>;
  };
};

/** `section.key`. */
export type ConfigKey = { [R in Row["section"]]: `${R}.${RowsOf<R>["key"]}` }[Row["section"]];

/** `section.key` of what a record may change while everything runs. */
export type RuntimeKey = {
  [R in Row["section"]]: `${R}.${Extract<RowsOf<R>, { runtime: true }>["key"]}`;
}[Row["section"]];

/** The value of such a setting. */
export type RuntimeValue = string | number | LlmEndpoint[];

/** `section.key` of a row. */
export function configKey(row: ConfigRow): ConfigKey {
  return `${row.section}.${row.key}` as ConfigKey;
}

/** The environment variable of a row: `SIGIL_<SECTION>_<KEY>`. */
export function environmentName(row: ConfigRow): string {
  return `SIGIL_${row.section}_${row.key}`.toUpperCase();
}

declare global {
  /** Defined by infra/build.mjs, and true in a development build alone; undefined where the source itself runs. */
  var SIGIL_DEVELOPMENT_BUILD: boolean | undefined;
}

/** `<principal>:<level>` for callers without a licence. Unknown to every build but a development one. */
export const DEVELOPMENT_BYPASS = "SIGIL_DEVELOPMENT_BYPASS";

/** Variables with the prefix that are not settings: read elsewhere, never an unknown key. */
export const RESERVED_ENVIRONMENT: readonly string[] = [
  "SIGIL_HOME",
  "SIGIL_LICENCE",
  "SIGIL_LICENCE_FILE",
  "SIGIL_URL",
  "SIGIL_PASSPHRASE",
  "SIGIL_PASSPHRASE_FILE",
  "SIGIL_NO_COLOR",
  "SIGIL_VECTORS",
  ...(globalThis.SIGIL_DEVELOPMENT_BUILD === true ? [DEVELOPMENT_BYPASS] : []),
];

/** Variables of tests and tools. */
export const RESERVED_PREFIXES = ["SIGIL_TEST_", "SIGIL_E2E_", "SIGIL_BENCH_"] as const;
