import { ROTATED_ROLES, type TrustFile } from "@sigil/canon";
import { toBase64url } from "@sigil/crypto";
import type { KeyRegistryFile, Service } from "@sigil/service";
import type { RegisteredKey } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import type { PinnedTrust } from "../domain/credentials/pinned-trust.ts";
import type { PeerMetrics } from "../domain/peer-metrics.ts";

export function staticRoutes(
  service: Service<Admitted>,
  plane: ControlPlane,
  published: {
    readonly trust: PinnedTrust;
    readonly registry: KeyRegistryFile;
    readonly metrics: PeerMetrics;
  },
): void {
  const { registry } = published;

  service.route("sigilderg GET /.well-known/sigil-keys", () => {
    const trust = published.trust.current;
    const { runtimeId, genesis } = trust;
    const keys: RegisteredKey[] = [
      ...registry.keys.flatMap((row, at) =>
        row.service === "issuer" ? [] : presentRows(row, at, registry, trust),
      ),
      ...[...plane.projection.issuers.keys].map(([kid, key]) => ({
        ...{ service: "issuer" as const, purpose: "issuer" as const, kid },
        publicKey: toBase64url(key.raw),
      })),
    ];
    const policy = plane.projection.policies.inForce.digest;
    return { json: { service: "sigilderg", instance: service.instance, runtimeId, genesis, policy, keys } };
  });

  service.route("sigilderg GET /v1/checkpoint", async () => ({ json: await plane.store.checkpoint() }));

  service.route("sigilderg GET /metrics", async ({ query: { service: of = "sigilderg" } }) => {
    const own = await service.metrics.expose();
    return of === "sigilderg" ? own : { ...own, text: await published.metrics(of) };
  });
}

/** A row of the registry as it stands now: the keys of the store that rotate are those that trust.json lists. */
function presentRows(
  row: RegisteredKey,
  at: number,
  { keys }: KeyRegistryFile,
  trust: TrustFile,
): RegisteredKey[] {
  const role = ROTATED_ROLES.find((each) => row.service === "codex-nexus" && row.purpose === each);
  if (role === undefined) return [row];
  if (at !== keys.findIndex(({ service, purpose }) => service === row.service && purpose === role)) return [];
  return trust.keys[role].map(({ kid, publicKey, from, to }) => ({
    ...{ service: row.service, purpose: role, kid, publicKey },
    ...(from === 0 ? {} : { from }),
    ...(to === null ? {} : { to }),
  }));
}
