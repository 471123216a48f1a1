// What has to hold of a compose file for this stack, as a table: each rule names the code, the fact and the remedy.
import { parse } from "yaml";

interface ComposeService {
  readonly [key: string]: unknown;
  readonly secrets?: readonly (string | { readonly source?: string; readonly target?: string })[];
  readonly ports?: readonly unknown[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
}

interface ComposeFile {
  readonly services?: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>;
}

export interface ComposeFinding {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** The services that run for good; `sigil` and `bootstrap` run one command. */
const SERVICES = ["sigilderg", "mmf", "codex-nexus"] as const;
type Name = (typeof SERVICES)[number];

interface Rule {
  readonly code: string;
  readonly holds: (service: ComposeService, name: Name, file: ComposeFile) => boolean;
  readonly fact: (name: Name) => string;
  readonly remedy: (name: Name) => string;
}

const given = (service: ComposeService) =>
  (service.secrets ?? []).map((secret) =>
    typeof secret === "string" ? secret : (secret.target ?? secret.source),
  );

const RULES: readonly Rule[] = [
  {
    code: "compose-secret-missing",
    holds: (service, name, file) =>
      (service.secrets ?? []).some(
        (secret) =>
          typeof secret !== "string" &&
          secret.target === `${name}.secret` &&
          file.secrets?.[secret.source ?? ""]?.file !== undefined,
      ),
    fact: (name) => `${name} is given no secret ${name}.secret from a file, so it cannot open its keys`,
    remedy: (name) =>
      `Give it one as infra/compose.yaml does: secrets: [{ source: …, target: ${name}.secret }].`,
  },
  {
    code: "compose-secret-foreign",
    holds: (service, name) => given(service).every((target) => target === `${name}.secret`),
    fact: (name) => `${name} is given the secret of another service, and with it that service's keys`,
    remedy: () => "Give each service its own secret alone.",
  },
  {
    code: "compose-network-open",
    holds: (service, name) =>
      name === "sigilderg" ||
      (service.network_mode === "service:sigilderg" && (service.ports ?? []).length === 0),
    fact: (name) => `${name} has a network or a port of its own`,
    remedy: () => "Only SigilDERG has an address: network_mode: service:sigilderg, and no ports.",
  },
  {
    code: "compose-port-count",
    holds: (service, name) => name !== "sigilderg" || service.ports?.length === 1,
    fact: () => "sigilderg publishes other than one port",
    remedy: () => "Publish the door, 7400, and nothing else.",
  },
  {
    code: "compose-not-confined",
    holds: (service) =>
      service.read_only === true &&
      service.privileged !== true &&
      service.cap_drop?.includes("ALL") === true &&
      service.security_opt?.some((option) => option.startsWith("no-new-privileges")) === true,
    fact: (name) => `${name} has a root file system that it can write, a capability, or a way to more rights`,
    remedy: () => "Set read_only: true, cap_drop: [ALL], security_opt: [no-new-privileges:true].",
  },
  {
    code: "compose-unlimited",
    holds: (service) =>
      ["mem_limit", "pids_limit", "cpus", "ulimits"].every((key) => service[key] !== undefined),
    fact: (name) => `${name} has no limit on memory, processes, processors or open files`,
    remedy: () => "Set mem_limit, pids_limit, cpus and ulimits.",
  },
  {
    code: "compose-stop-abrupt",
    holds: (service) => service.stop_grace_period !== undefined && service.init === true,
    fact: (name) => `${name} is not given the time to drain, or nothing reaps its processes`,
    remedy: () => "Set stop_grace_period: 20s and init: true.",
  },
  {
    code: "compose-health-missing",
    holds: (service) => service.healthcheck !== undefined,
    fact: (name) => `${name} has no health check`,
    remedy: () => "Ask its /readyz as infra/compose.yaml does.",
  },
  {
    code: "compose-key-in-environment",
    holds: (service) =>
      Object.keys(service.environment ?? {}).every((key) =>
        /^SIGIL_(SIGILDERG|MMF|CODEX_NEXUS|LOG)_/.test(key),
      ),
    fact: (name) => `${name} has a variable that is no setting; environments are shown by every \`inspect\``,
    remedy: () => "Settings go into the environment; secrets are files.",
  },
];

/** Everything that a compose file lacks, in the order of its services. Empty when it is fit to be started. */
export function composeFindings(text: string): ComposeFinding[] {
  const file = parse(text, { merge: true }) as ComposeFile;
  return SERVICES.flatMap((name) => {
    const service = file.services?.[name];
    if (service === undefined)
      return [
        {
          code: "compose-service-missing",
          message: `there is no service ${name}`,
          remedy: "Sigil is three services; take them from infra/compose.yaml.",
        },
      ];
    return RULES.filter(({ holds }) => !holds(service, name, file)).map(({ code, fact, remedy }) => ({
      code,
      message: fact(name),
      remedy: remedy(name),
    }));
  });
}
