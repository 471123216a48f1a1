import type { Authority } from "../authority.ts";
import type { Modules } from "../force/modules.ts";
import type { HostedModule, ModuleHost } from "./module-host.ts";

/** The modules that can run here: hosted, and registered under exactly this digest. */
export async function listRegistered(
  host: ModuleHost,
  modules: Modules,
  authority: Authority,
): Promise<HostedModule[]> {
  const hosted = await host.list(authority);
  return hosted.filter(({ id, digest }) => modules.inForce(id)?.digest === digest);
}
