import { CanonError, parseTilePath, TILE_WIDTH, type Tile } from "@sigil/canon";
import type { Service } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { logPolicy } from "../domain/governed/log-policy.ts";

const TEXT = "text/plain; charset=utf-8";
/** C2SP tlog-tiles: a full tile never changes; a partial one is fetched again under its next width. */
const FOR_EVER = { "cache-control": "public, max-age=31536000, immutable" };

/** The log for anybody who reads C2SP logs: monitors, witnesses, auditors. It says hashes and how many, nothing else. */
export function logRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  const { store } = plane;
  service.route("sigilderg GET /log/checkpoint", async () => ({
    text: (await store.checkpoint()).checkpoint,
    contentType: TEXT,
  }));

  service.route("sigilderg GET /log/tile/:tile{.+}", async ({ params }) => {
    const tile = tileOf(params.tile);
    return {
      bytes: await store.tile(tile),
      contentType: "application/octet-stream",
      ...(tile.width === TILE_WIDTH ? { headers: FOR_EVER } : {}),
    };
  });

  service.route("sigilderg GET /log/proof/:index", async ({ params }) => ({
    text: await store.inclusion(params.index),
    contentType: TEXT,
  }));

  service.route("sigilderg POST /v1/log/policy", async ({ admitted, body }) => {
    const { placed, decision } = await changeAlone(plane, admitted, logPolicy, body);
    return { status: 201, json: { id: placed.id, decision } };
  });

  service.route("sigilderg GET /v1/log/consistency", async ({ query: { from, to } }) => ({
    json: { hashes: [...(await store.consistency(from, to))] },
  }));
}

function tileOf(path: string): Tile {
  try {
    return parseTilePath(`tile/${path}`);
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    throw new ProblemError("path-invalid", error.message, { cause: error });
  }
}
