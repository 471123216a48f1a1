import {
  type Config,
  type ConfigKey,
  FIXED_KEYS,
  RUNTIME_KEYS,
  type RuntimeValues,
  type Service,
  startValue,
} from "@sigil/service";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { asked, madeView } from "../domain/force/asked.ts";
import { changeAlone } from "../domain/governed/alone.ts";
import { configSettings } from "../domain/governed/config.ts";
import { pageOf } from "../domain/records/cursors.ts";
import { changedView } from "../domain/records/views.ts";

/** The settings of this start, and where each came from. */
export interface Started {
  readonly config: Config;
  readonly origins: Readonly<Record<ConfigKey, string>>;
}

/** Settings that change while everything runs, now and at any time before. */
export function configRoutes(service: Service<Admitted>, plane: ControlPlane, started: Started): void {
  const { projection } = plane;
  const proposalOf = (record: string) => projection.governance.proposals.thatWrote(record);

  service.route("sigilderg GET /v1/config", ({ query }) => {
    const found = asked(projection.settings.versions, query);
    const { version, value } = found;
    return {
      json: {
        version,
        made: madeView(found, proposalOf),
        values: { ...value },
        settings: settingsUnder(value, started),
        fixed: [...FIXED_KEYS],
      },
    };
  });

  service.route("sigilderg GET /v1/config/versions", ({ query }) => {
    const { page, next } = pageOf(plane, "config", projection.settings.versions.all, query);
    const versions = page.map((each) => ({
      version: each.version,
      values: { ...each.value },
      made: madeView(each, proposalOf),
    }));
    return { json: { versions, next } };
  });

  service.route("sigilderg POST /v1/config", async ({ admitted, body }) => ({
    status: 201,
    json: changedView(await changeAlone(plane, admitted, configSettings, body)),
  }));
}

function settingsUnder(values: RuntimeValues, { config, origins }: Started) {
  return RUNTIME_KEYS.map((key) => {
    const recorded = values[key];
    if (recorded !== undefined) return { key, value: recorded, source: "record" };
    return { key, value: startValue(config, key), source: origins[key] };
  });
}
