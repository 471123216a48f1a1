import { reasonRemedy } from "../reason-remedy.ts";
import type { Facts } from "./facts.ts";
import { type Finding, finding, sound } from "./findings.ts";

// What runs, or what keeps it from running.

export function services({ services: rows, supervisor, lock }: Facts): Finding[] {
  const alive = lock?.alive ?? [];
  return [
    supervisor !== null
      ? sound("running", `supervisor ${supervisor.pid} since ${supervisor.startedAt}`)
      : finding("not-running", "Sigil is not running on this home", "Start it: npm start (or sigil start)."),
    ...(lock === null
      ? []
      : alive.length === 0
        ? [
            finding(
              "lock-stale",
              `run/supervisor.json names process ${lock.pid}, which is gone`,
              "Nothing needs to be done: the next start takes its place.",
            ),
          ]
        : [
            finding(
              "services-left-behind",
              `the supervisor ${lock.pid} is gone and left ${alive.map(({ name, pid }) => `${name} (pid ${pid})`).join(", ")} running`,
              `Stop them, then start again: kill ${alive.map(({ pid }) => pid).join(" ")}`,
            ),
          ]),
    ...(supervisor === null ? [] : rows.flatMap(serviceLines)),
  ];
}

function serviceLines({ name, url, reachable, ready, reasons }: Facts["services"][number]): Finding[] {
  const why = reasons.join("; ");
  if (ready)
    return [
      sound("service-ready", `${name} is ready at ${url}`),
      ...(reasons.length === 0
        ? []
        : [finding("service-reason", `${name}: ${why}`, "Ask why: sigil lockdown status.")]),
    ];
  const remedy = reasonRemedy(reasons) ?? "Read its file under logs/ of the home, then stop and start Sigil.";
  return [
    reachable
      ? finding("service-not-ready", `${name} is not ready: ${why}`, remedy)
      : finding("service-silent", `${name} does not answer at ${url}`, remedy),
  ];
}

export function versions({ version, services: rows, supervisor }: Facts): Finding[] {
  if (supervisor === null) return [];
  const others = rows.filter((row) => row.version !== undefined && row.version !== version);
  if (others.length === 0) return [sound("version-same", `${version}, the command and what runs`)];
  return others.map(({ name, version: runs }) =>
    finding(
      "version-differs",
      `${name} is ${runs}, this command is ${version}`,
      "Stop and start Sigil with this command, or use the command that started it.",
    ),
  );
}

export function ports({ services: rows, supervisor }: Facts): Finding[] {
  return rows.flatMap(({ name, url, setting, loopback, free }) => [
    ...(loopback
      ? []
      : [
          finding(
            "port-exposed",
            `${name} listens beyond loopback (${url})`,
            `Set ${setting.replace(".port", ".host")} to 127.0.0.1 unless that is meant.`,
          ),
        ]),
    ...(supervisor !== null || free === null
      ? []
      : free
        ? [sound("port-free", `${url} is free for ${name}`)]
        : [
            finding(
              "port-busy",
              `another process holds ${url} (${setting})`,
              `Stop it, or choose another port: --set ${setting}=…`,
            ),
          ]),
  ]);
}

export function isolation({ isolation: { configured, bwrap, refusal }, platform }: Facts): Finding[] {
  if (bwrap !== null && refusal === null)
    return configured === "strict"
      ? [
          sound(
            "isolation-outer",
            `modules run in WebAssembly, a restricted process, and bubblewrap (${bwrap})`,
          ),
        ]
      : [
          finding(
            "isolation-unused",
            `modules run in WebAssembly inside a restricted process; bubblewrap (${bwrap}) works here and is not used`,
            'Set mmf.isolation = "strict" to add it: no network and no files for code that escapes from both.',
          ),
        ];
  const why = bwrap === null ? "(bubblewrap)" : `(bubblewrap is at ${bwrap}, but: ${refusal})`;
  const detail = `modules run in WebAssembly inside a restricted process; there is no outer layer ${why}, so an escape from WebAssembly could reach loopback ports, where only signed envelopes are answered`;
  const remedy =
    platform !== "linux"
      ? "The outer layer exists on Linux only."
      : bwrap === null
        ? "Install bubblewrap (apt-get install bubblewrap)."
        : "Allow this user to make user namespaces; bubblewrap's sentence says what stood in the way.";
  return configured === "strict"
    ? [finding("isolation-refused", `mmf.isolation is strict, but ${detail}; no module will run`, remedy)]
    : [finding("isolation-inner", detail, remedy)];
}
