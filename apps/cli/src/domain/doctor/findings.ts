/** `note` is worth knowing and needs nothing; `warning` should be looked at; `fault` keeps something from working. */
export type Level = "ok" | "note" | "warning" | "fault";

/** Everything that the doctor can say, by its code: how grave it is, and under which heading. The list is closed. */
export const FINDINGS = {
  "node-fit": ["ok", "node"],
  "node-too-old": ["fault", "node"],
  "home-found": ["ok", "home"],
  "home-missing": ["warning", "home"],
  "home-incomplete": ["fault", "home"],
  "home-newer": ["fault", "home"],
  "home-not-sigil": ["fault", "home"],
  "home-not-writable": ["fault", "home"],
  "home-foreign-file": ["warning", "home"],
  "bootstrap-left": ["note", "home"],
  "config-valid": ["ok", "config"],
  "config-refused": ["fault", "config"],
  "permissions-closed": ["ok", "permissions"],
  "permissions-unknown": ["note", "permissions"],
  "permission-open": ["fault", "permissions"],
  "owner-other": ["warning", "permissions"],
  "keys-sound": ["ok", "keys"],
  "keys-readable": ["note", "keys"],
  "key-unusable": ["fault", "keys"],
  "licence-sound": ["ok", "licences"],
  "licence-none": ["warning", "licences"],
  "licence-expired": ["fault", "licences"],
  "licence-ending": ["warning", "licences"],
  running: ["ok", "services"],
  "not-running": ["note", "services"],
  "service-ready": ["ok", "services"],
  "service-reason": ["warning", "services"],
  "service-not-ready": ["fault", "services"],
  "service-silent": ["fault", "services"],
  "services-left-behind": ["fault", "services"],
  "lock-stale": ["note", "services"],
  "version-differs": ["warning", "versions"],
  "version-same": ["ok", "versions"],
  "port-free": ["ok", "ports"],
  "port-busy": ["fault", "ports"],
  "port-exposed": ["warning", "ports"],
  "store-found": ["ok", "store"],
  "store-missing": ["fault", "store"],
  "store-unreadable": ["fault", "store"],
  "store-older": ["note", "store"],
  "store-newer": ["fault", "store"],
  "store-not-examined": ["warning", "store"],
  "anchor-level": ["ok", "anchor"],
  "anchor-behind": ["note", "anchor"],
  "anchor-missing": ["fault", "anchor"],
  "anchor-ahead": ["fault", "anchor"],
  "anchor-invalid": ["fault", "anchor"],
  "anchor-in-data": ["warning", "anchor"],
  "quorum-solo": ["note", "quorum"],
  "quorum-entered": ["ok", "quorum"],
  "trust-unreadable": ["fault", "quorum"],
  "isolation-outer": ["ok", "isolation"],
  "isolation-unused": ["note", "isolation"],
  "isolation-inner": ["note", "isolation"],
  "isolation-refused": ["fault", "isolation"],
  "model-known": ["ok", "models"],
  "model-none": ["ok", "models"],
  "model-key-unusable": ["fault", "models"],
  "model-in-clear": ["warning", "models"],
  "disk-room": ["ok", "disk"],
  "disk-low": ["warning", "disk"],
  "disk-unknown": ["note", "disk"],
  "clock-plausible": ["ok", "clock"],
  "clock-wrong": ["fault", "clock"],
  "clock-behind": ["fault", "clock"],
} as const satisfies Record<string, readonly [Level, string]>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly level: Level;
  readonly check: string;
  readonly detail: string;
  /** What to do about it; null for what is as it should be. */
  readonly remedy: string | null;
}

type Sound = { [C in FindingCode]: (typeof FINDINGS)[C][0] extends "ok" ? C : never }[FindingCode];

/** Something that is as it should be. */
export function sound(code: Sound, detail: string): Finding {
  const [level, check] = FINDINGS[code];
  return { code, level, check, detail, remedy: null };
}

/** Something to know or to do something about. */
export function finding(code: Exclude<FindingCode, Sound>, detail: string, remedy: string): Finding {
  const [level, check] = FINDINGS[code];
  return { code, level, check, detail, remedy };
}
