import type { TrustFile } from "@sigil/canon";
import type { KeyRegistryFile, Service } from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";

export function staticRoutes(
  service: Service<Admitted>,
  plane: ControlPlane,
  published: { readonly trust: TrustFile; readonly registry: KeyRegistryFile },
): void {
  const { trust, registry } = published;

  service.route("sigilderg GET /.well-known/sigil-keys", () => ({
    json: {
      service: "sigilderg",
      instance: service.instance,
      runtimeId: trust.runtimeId,
      genesis: trust.genesis,
      keys: registry.keys,
    },
  }));

  service.route("sigilderg GET /v1/checkpoint", async () => ({ json: await plane.store.checkpoint() }));

  service.route("sigilderg GET /metrics", () => service.metrics.expose());
}
