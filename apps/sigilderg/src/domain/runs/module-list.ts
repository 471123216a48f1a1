import type { ResponseOf } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { RegisteredModule } from "../credentials/genesis.ts";
import type { Modules } from "../force/modules.ts";
import type { Publishers } from "../force/publishers.ts";
import type { Held, ModuleHost } from "./module-host.ts";

type Listed = ResponseOf<"sigilderg GET /v1/modules">;
type Other = Listed["others"][number];

interface Known {
  readonly modules: Modules;
  readonly publishers: Publishers;
}

/**
 * The modules that run here: held, registered under exactly this digest, and of a publisher in force. Beside them what is
 * held or registered and does not run, each with the one reason.
 */
export async function listModules(host: ModuleHost, known: Known, authority: Authority): Promise<Listed> {
  const { modules: held, refused } = await host.list(authority);
  const runs = held.filter((module) => stateOf(module, known) === undefined);
  return {
    modules: runs.map((module) => ({
      ...module,
      publisherName: known.publishers.row(module.publisher ?? "")?.name ?? null,
    })),
    others: [...held.flatMap((module) => other(module, known)), ...notHeld(held, known.modules)],
    refused,
  };
}

function other(module: Held["modules"][number], known: Known): Other[] {
  const state = stateOf(module, known);
  const { id, version, digest, publisher } = module;
  return state === undefined ? [] : [{ id, version, digest, publisher, state }];
}

/** Why a held module does not run; undefined when it does. */
function stateOf({ id, digest }: Held["modules"][number], known: Known): Other["state"] | undefined {
  const { modules, publishers } = known;
  const current = modules.inForce(id);
  if (current?.digest === digest) return publishers.against(current.publisher)?.code;
  const stopped = modules.stopped(id, digest);
  if (stopped !== undefined) return stopped;
  return modules.eventsOf(id).some((event) => event.digest === digest) ? "superseded" : "unregistered";
}

function notHeld(held: Held["modules"], modules: Modules): Other[] {
  const here = new Set(held.map(({ digest }) => digest));
  const gone = (module: RegisteredModule | undefined): module is RegisteredModule =>
    module !== undefined && !here.has(module.digest);
  return modules.ids
    .map((id) => modules.inForce(id))
    .filter(gone)
    .map(({ id, version, digest, publisher }) => ({
      ...{ id, version, digest, publisher: publisher ?? null },
      state: "not-held",
    }));
}
