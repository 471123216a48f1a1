import { type Caller, isLoa, type LicenceClaims, LOA } from "@sigil/policy";
import { type Admission, DEVELOPMENT_BYPASS, isLoopback } from "@sigil/service";
import type { AuthenticatedCaller } from "./domain/credentials/caller.ts";
import { ControlPlaneError } from "./domain/error.ts";
import { checkOrigin, type Presented } from "./presented.ts";

/** Stands where a decision names the licence. No licence can be called so: a `jti` has no colon. */
export const BYPASS_MARK = "development:bypass";

const SETTING = /^([a-z0-9][a-z0-9._-]{0,63}):([A-Za-z]+)$/;
const FAR = 253_402_300_799;

/** Admits callers without a credential as one principal. Only a development build contains this module. */
export interface DevelopmentBypass {
  readonly principal: string;
  /** Says at start what this process does. */
  readonly announce: () => void;
  /**
   * The configured caller for a request that brings no credential at all and asks for anything but a session, which would
   * outlive its warning; undefined for every other one, which is then held against its credential as always.
   * @throws ProblemError `origin-refused` for the page of another origin, which no credential keeps out here
   */
  readonly admit: (
    request: Admission,
  ) => (AuthenticatedCaller & { readonly presented: Presented }) | undefined;
}

interface Ground {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the door listens, and who else may name it or stand before it. */
  readonly door: {
    readonly host: string;
    readonly allowed_hosts: readonly string[];
    readonly trusted_proxies: readonly string[];
  };
  readonly genesis: { readonly runtimeId: string; readonly fingerprint: string };
  /** Takes one line for the operator, whatever the level of the log. */
  readonly warn: (line: string) => void;
}

/**
 * The bypass that `SIGIL_DEVELOPMENT_BYPASS=<principal>:<level>` asks for, or undefined without it.
 * @throws ControlPlaneError `development-bypass-invalid`, `development-bypass-exposed` beyond loopback
 */
export function developmentBypass({ env, door, genesis, warn }: Ground): DevelopmentBypass | undefined {
  const setting = env[DEVELOPMENT_BYPASS];
  if (setting === undefined) return undefined;
  const [, principal = "", loa = ""] = SETTING.exec(setting) ?? [];
  if (!isLoa(loa)) {
    throw new ControlPlaneError(
      "development-bypass-invalid",
      `${DEVELOPMENT_BYPASS} is ${JSON.stringify(setting.slice(0, 80))}, not <principal>:<level>`,
      `Give it a principal and one of ${LOA.join(", ")}, such as alice:Operator, or unset it.`,
    );
  }
  const exposed = [...door.allowed_hosts, ...door.trusted_proxies];
  if (!isLoopback(door.host) || exposed.length > 0) {
    throw new ControlPlaneError(
      "development-bypass-exposed",
      `${DEVELOPMENT_BYPASS} is set and the door is not on loopback alone: it listens on ${door.host}${exposed.length > 0 ? ` and knows ${exposed.join(", ")}` : ""}`,
      "Unset it, or listen on 127.0.0.1 without allowed_hosts and trusted_proxies.",
    );
  }
  const said = (msg: string, more: Readonly<Record<string, string>> = {}) =>
    warn(
      JSON.stringify({
        ...{ level: 40, time: new Date().toISOString(), code: "development-bypass", principal, loa },
        ...more,
        msg,
      }),
    );
  const caller: Caller = { principal, loa, licence: { jti: BYPASS_MARK, serial: 0, scope: ["*"] } };
  const claims: LicenceClaims = {
    ...{ iss: BYPASS_MARK, sub: principal, jti: BYPASS_MARK, serial: 0, iat: 0, nbf: 0, exp: FAR, loa },
    ...{ owner: { id: principal, name: principal }, scope: ["*"] },
    bindings: { runtimeId: genesis.runtimeId, canonFingerprint: genesis.fingerprint },
  };
  return {
    principal,
    announce: () =>
      said(
        `DEVELOPMENT BYPASS: everyone on this machine is ${principal} with the level ${loa}, without a licence. Never for data that matters.`,
      ),
    admit(request) {
      if (request.sealedBy !== undefined || request.row.action === "session.open") return undefined;
      if (["authorization", "x-sigil-session", "cookie"].some((name) => carries(request, name)))
        return undefined;
      if (!isLoopback(request.address)) return undefined;
      checkOrigin(request, false);
      const { method, path } = request.row;
      said(`DEVELOPMENT BYPASS: admitted without a licence as ${principal}`, {
        route: `${method} ${path}`,
        requestId: request.requestId,
      });
      return { caller, claims, presented: { token: "" } };
    },
  };
}

/** Whether a header is there, once or more. */
function carries(request: Admission, name: string): boolean {
  try {
    return request.header(name) !== undefined;
  } catch {
    return true;
  }
}
