import type { Handler } from "@sigil/service";
import type { Catalog } from "../domain/module.ts";
import { withProblems } from "./problem.ts";

/** `GET /v1/modules`: every module that is here, by the digest under which it runs, and what was not loaded. */
export function listModules(catalog: Catalog): Handler<"mmf GET /v1/modules", undefined> {
  return async () => {
    await catalog.refresh();
    return {
      json: {
        modules: catalog.list.map(({ manifest, publisher }) => ({
          id: manifest.id,
          version: manifest.version,
          digest: manifest.digest,
          publisher: publisher?.kid ?? null,
          description: manifest.description,
          capabilities: [...manifest.capabilities],
          limits: manifest.limits,
        })),
        refused: [...catalog.refused],
      },
    };
  };
}

/** `GET /v1/modules/:id/manifest`: what the publisher of a module signed, for who registers it. */
export function readManifestOf(catalog: Catalog): Handler<"mmf GET /v1/modules/:id/manifest", undefined> {
  return ({ params, query }) =>
    withProblems(async () => ({ json: (await catalog.take(params.id, query.digest)).signed }));
}
