import type { Facts } from "./facts.ts";
import { type Finding, finding, sound } from "./findings.ts";

// The machine, the home and what lies in it.

const DAY_MS = 86_400_000;

export function node({ node: version }: Facts): Finding[] {
  return Number(version.split(".")[0]) >= 22
    ? [sound("node-fit", `Node ${version}`)]
    : [
        finding(
          "node-too-old",
          `Node ${version}; 22 is the least`,
          "Run Sigil through `npm start`, which uses the pinned Node.",
        ),
      ];
}

export function home({ home: path, state, refused, foreign, leftovers }: Facts): Finding[] {
  return [
    refused !== null
      ? finding(refused.code, refused.message, refused.remedy)
      : state === "sigil"
        ? sound("home-found", path)
        : finding("home-missing", `there is no runtime at ${path}`, "Make one: npm start (or sigil start)."),
    ...foreign.map((file) =>
      finding(
        "home-foreign-file",
        `${file} is no file of a runtime; a backup of the home would carry it along`,
        `Look at it, and move it out of the home: mv '${file}' …`,
      ),
    ),
    ...leftovers.map((folder) =>
      finding(
        "bootstrap-left",
        `${folder} is what a bootstrap left that was killed`,
        "The next start removes it: npm start (or sigil start).",
      ),
    ),
  ];
}

export function config({ config: refused }: Facts): Finding[] {
  return refused === null
    ? [sound("config-valid", "sigil.toml, environment and flags are valid")]
    : [
        finding(
          "config-refused",
          refused.message,
          refused.remedy ?? "Correct it; `sigil config show --origin` says where each value comes from.",
        ),
      ];
}

export function permissions({ files, platform, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  if (platform === "win32")
    return [
      finding(
        "permissions-unknown",
        "Windows has no mode bits to check",
        "Keep the home inside your user's profile.",
      ),
    ];
  const findings = files.flatMap(({ path, folder, mode, own }) => [
    ...((mode & 0o077) === 0
      ? []
      : [
          finding(
            "permission-open",
            `${path} has mode 0${mode.toString(8)}: others on this machine may use it`,
            `chmod ${folder ? 700 : 600} ${path}`,
          ),
        ]),
    ...(own
      ? []
      : [
          finding(
            "owner-other",
            `${path} belongs to another user`,
            `Give it back to the user that runs Sigil: chown $(id -u) ${path}`,
          ),
        ]),
  ]);
  return findings.length > 0
    ? findings
    : [sound("permissions-closed", `all ${files.length} files and folders are closed to others`)];
}

export function keys({ keys: rows, readable, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  const wrong = rows.filter(({ problem }) => problem !== null);
  return [
    ...wrong.map(({ path, problem }) =>
      finding(
        "key-unusable",
        `${path}: ${problem}`,
        "Restore keys/ and secrets/ as a whole from one backup.",
      ),
    ),
    ...(wrong.length === 0
      ? [sound("keys-sound", `${rows.length} key files, each as the registry lists it`)]
      : []),
    ...(readable.length > 0
      ? [
          finding(
            "keys-readable",
            `readable by this user: ${readable.join(", ")}; whoever runs as this user can open every key`,
            "On a machine of your own that is as it should be; run Sigil as a user of its own where it is not.",
          ),
        ]
      : []),
  ];
}

export function licences({ licences: rows, clock, state }: Facts): Finding[] {
  if (state === "fresh") return [];
  if (rows.length === 0)
    return [
      finding(
        "licence-none",
        "there is no licence in the home",
        "Put one there, or name one with --licence.",
      ),
    ];
  return rows.map(({ name, principal, loa, expires }) => {
    const left = Math.floor((Date.parse(expires) - Date.parse(clock.now)) / DAY_MS);
    const renew = `sigil license issue --principal ${principal} --loa ${loa}`;
    if (left < 0)
      return finding(
        "licence-expired",
        `${name} (${loa}) expired at ${expires}`,
        `Renew it with a Root licence: ${renew}`,
      );
    if (left < 30)
      return finding(
        "licence-ending",
        `${name} (${loa}) expires in ${left} days`,
        `Renew it while a Root licence is in force: ${renew}`,
      );
    return sound("licence-sound", `${name} (${loa}), ${left} days left`);
  });
}
