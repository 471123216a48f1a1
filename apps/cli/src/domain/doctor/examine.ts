import { reasonRemedy } from "../reason-remedy.ts";
import { bytes } from "../table.ts";
import type { Facts } from "./facts.ts";

/** `note` is worth knowing and needs nothing; `warning` should be looked at; `fault` keeps something from working. */
export interface Finding {
  readonly level: "ok" | "note" | "warning" | "fault";
  readonly check: string;
  readonly detail: string;
  readonly remedy: string | null;
}

const ok = (check: string, detail: string): Finding => ({ level: "ok", check, detail, remedy: null });
const found =
  (level: "note" | "warning" | "fault") =>
  (check: string, detail: string, remedy: string): Finding => ({ level, check, detail, remedy });
const note = found("note");
const warning = found("warning");
const fault = found("fault");

const LEAST_FREE = 256 * 1024 * 1024;
const DAY_MS = 86_400_000;
const EPOCH = Date.parse("2025-01-01T00:00:00Z");

function node({ node: version }: Facts): Finding[] {
  return Number(version.split(".")[0]) >= 22
    ? [ok("node", `Node ${version}`)]
    : [
        fault(
          "node",
          `Node ${version}; 22 is the least`,
          "Run Sigil through `npm start`, which uses the pinned Node.",
        ),
      ];
}

function homeAndConfig({ home, state, partial, config }: Facts): Finding[] {
  return [
    partial !== null
      ? fault("home", partial.message, partial.remedy)
      : state === "sigil"
        ? ok("home", home)
        : warning("home", `there is no runtime at ${home}`, "Make one: npm start (or sigil start)."),
    config === null
      ? ok("config", "sigil.toml, environment and flags are valid")
      : fault(
          "config",
          config.message,
          config.remedy ?? "Correct it; `sigil config show --origin` says where each value comes from.",
        ),
  ];
}

function permissions({ files, platform, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  if (platform === "win32")
    return [
      note("permissions", "Windows has no mode bits to check", "Keep the home inside your user's profile."),
    ];
  const open = files.filter(({ mode }) => (mode & 0o077) !== 0);
  const foreign = files.filter(({ own }) => !own);
  const findings = [
    ...open.map(({ path, folder, mode }) =>
      fault(
        "permissions",
        `${path} has mode 0${mode.toString(8)}: others on this machine may use it`,
        `chmod ${folder ? 700 : 600} ${path}`,
      ),
    ),
    ...foreign.map(({ path }) =>
      warning(
        "permissions",
        `${path} belongs to another user`,
        `Give it back to the user that runs Sigil: chown $(id -u) ${path}`,
      ),
    ),
  ];
  return findings.length > 0
    ? findings
    : [ok("permissions", `all ${files.length} files and folders are closed to others`)];
}

function keys({ keys: rows, readable, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  const wrong = rows.filter(({ problem }) => problem !== null);
  return [
    ...wrong.map(({ path, problem }) =>
      fault("keys", `${path}: ${problem}`, "Restore keys/ and secrets/ as a whole from one backup."),
    ),
    ...(wrong.length === 0 ? [ok("keys", `${rows.length} key files, each as the registry lists it`)] : []),
    ...(readable.length > 0
      ? [
          note(
            "keys",
            `readable by this user: ${readable.join(", ")}; whoever runs as this user can open every key`,
            "On a machine of your own that is as it should be; run Sigil as a user of its own where it is not.",
          ),
        ]
      : []),
  ];
}

function services({ services: rows, supervisor }: Facts): Finding[] {
  const found: Finding[] = [
    supervisor === null
      ? note("services", "Sigil is not running on this home", "Start it: npm start (or sigil start).")
      : ok("services", `supervisor ${supervisor.pid} since ${supervisor.startedAt}`),
  ];
  for (const { name, url, setting, loopback, reachable, ready, reasons, free } of rows) {
    if (!loopback)
      found.push(
        warning(
          "ports",
          `${name} listens beyond loopback (${url})`,
          `Set ${setting.replace(".port", ".host")} to 127.0.0.1 unless that is meant.`,
        ),
      );
    if (supervisor !== null && ready) {
      found.push(ok("services", `${name} is ready at ${url}`));
      if (reasons.length > 0)
        found.push(warning("services", `${name}: ${reasons.join("; ")}`, "Ask why: sigil lockdown status."));
    } else if (supervisor !== null)
      found.push(
        fault(
          "services",
          reachable ? `${name} is not ready: ${reasons.join("; ")}` : `${name} does not answer at ${url}`,
          reasonRemedy(reasons) ?? "Read its file under logs/ of the home, then stop and start Sigil.",
        ),
      );
    else if (free === false)
      found.push(
        fault(
          "ports",
          `another process holds ${url} (${setting})`,
          `Stop it, or choose another port: --set ${setting}=…`,
        ),
      );
    else if (free === true) found.push(ok("ports", `${url} is free for ${name}`));
  }
  return found;
}

function store({ anchor, database, quorum, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  return [
    database
      ? ok("store", "the database is there")
      : fault(
          "store",
          "the database is missing",
          "Restore data/ from a backup; keys alone bring nothing back.",
        ),
    anchor.present
      ? ok("anchor", anchor.path)
      : fault(
          "anchor",
          `${anchor.path} is missing: a rolled-back store would not be noticed, so the store opens read-only`,
          "Restore the anchor from a backup that is as new as the store.",
        ),
    ...(anchor.inData
      ? [
          warning(
            "anchor",
            "the anchor lies inside the data folder and would be rolled back with it",
            "Set codex_nexus.anchor_path to a place outside codex_nexus.data_dir.",
          ),
        ]
      : []),
    quorum === "solo"
      ? note(
          "quorum",
          "mode solo: one person runs this installation, and no change waits for witnesses",
          "As it should be for one person; every such write is marked solo.",
        )
      : quorum === null
        ? fault(
            "quorum",
            "trust.json cannot be read, so nobody can say whether changes need witnesses",
            "Restore it from a copy, or print it again where the runtime is: sigil canon trust",
          )
        : ok("quorum", "mode quorum: what governs changes only when witnesses agree (`sigil witness list`)"),
  ];
}

function isolation({ isolation: { configured, bwrap, refusal }, platform }: Facts): Finding[] {
  if (bwrap !== null && refusal === null) {
    return configured === "strict"
      ? [ok("isolation", `modules run in WebAssembly, a restricted process, and bubblewrap (${bwrap})`)]
      : [
          note(
            "isolation",
            `modules run in WebAssembly inside a restricted process; bubblewrap (${bwrap}) works here and is not used`,
            'Set mmf.isolation = "strict" to add it: no network and no files for code that escapes from both.',
          ),
        ];
  }
  const why = bwrap === null ? "(bubblewrap)" : `(bubblewrap is at ${bwrap}, but: ${refusal})`;
  const detail = `modules run in WebAssembly inside a restricted process; there is no outer layer ${why}, so an escape from WebAssembly could reach loopback ports, where only signed envelopes are answered`;
  const remedy =
    platform !== "linux"
      ? "The outer layer exists on Linux only."
      : bwrap === null
        ? "Install bubblewrap (apt-get install bubblewrap)."
        : "Allow this user to make user namespaces; bubblewrap's sentence says what stood in the way.";
  return configured === "strict"
    ? [fault("isolation", `mmf.isolation is strict, but ${detail}; no module will run`, remedy)]
    : [note("isolation", detail, remedy)];
}

function machine({ freeBytes, clock }: Facts): Finding[] {
  const now = Date.parse(clock.now);
  const behind = clock.newest === null ? 0 : Date.parse(clock.newest) - now;
  return [
    freeBytes === null
      ? note(
          "disk",
          "free space cannot be read",
          "Check it yourself; a store that cannot write refuses every durable action.",
        )
      : freeBytes < LEAST_FREE
        ? warning(
            "disk",
            `${bytes(freeBytes)} free`,
            `Make room: below ${bytes(LEAST_FREE)} a busy store may stop writing.`,
          )
        : ok("disk", `${bytes(freeBytes)} free`),
    now < EPOCH
      ? fault(
          "clock",
          `the clock says ${clock.now}, which is before Sigil was made`,
          "Set the clock; licences and envelopes are refused otherwise.",
        )
      : behind > 60_000
        ? fault(
            "clock",
            `the clock is ${Math.round(behind / 1000)} s behind the newest file of the home`,
            "Set the clock (NTP); records are refused when it is off by more than 300 s.",
          )
        : ok("clock", clock.now),
  ];
}

function licences({ licences: rows, clock, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  if (rows.length === 0)
    return [
      warning("licences", "there is no licence in the home", "Put one there, or name one with --licence."),
    ];
  return rows.map(({ name, principal, loa, expires }) => {
    const left = Math.floor((Date.parse(expires) - Date.parse(clock.now)) / DAY_MS);
    const renew = `sigil license issue --principal ${principal} --loa ${loa}`;
    if (left < 0)
      return fault(
        "licences",
        `${name} (${loa}) expired at ${expires}`,
        `Renew it with a Root licence: ${renew}`,
      );
    if (left < 30)
      return warning(
        "licences",
        `${name} (${loa}) expires in ${left} days`,
        `Renew it while a Root licence is in force: ${renew}`,
      );
    return ok("licences", `${name} (${loa}), ${left} days left`);
  });
}

const CHECKS = [
  node,
  homeAndConfig,
  permissions,
  keys,
  licences,
  services,
  store,
  isolation,
  machine,
] as const;

/** Judges the facts: every check answers at least one line, and every line that is not ok says what to do. */
export function examine(facts: Facts): Finding[] {
  return CHECKS.flatMap((check) => check(facts));
}
