import type { Handler } from "@sigil/service";
import type { Catalog } from "../domain/module.ts";

/** `GET /v1/modules`: every installed module, by the digest under which it runs. */
export function listModules(catalog: Catalog): Handler<"mmf GET /v1/modules", undefined> {
  return () => ({
    json: {
      modules: catalog.list().map(({ id, version, digest, description, capabilities }) => ({
        id,
        version,
        digest,
        description,
        capabilities: [...capabilities],
      })),
    },
  });
}
