// docs/reference/openapi-<service>.json, from the route table and its schemas. `api.ts` fails when one is stale, or when
// redocly's rules find something in it.
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { openApi } from "../../packages/wire/src/openapi/document.ts";
import { SERVICES } from "../../packages/wire/src/schema/service.ts";

const VERSION = "0.1.0";

/** File name in docs/reference, and text. */
export function openApiFiles(): { name: string; text: string }[] {
  return SERVICES.map((service) => ({
    name: `openapi-${service}.json`,
    text: `${JSON.stringify(openApi(service, VERSION), null, 2)}\n`,
  }));
}

/** What redocly's recommended rules say of a document; each an error, because a warning that stays is not read. */
export async function lint(text: string): Promise<string[]> {
  const config = await createConfig({
    extends: ["recommended"],
    rules: {
      // Loopback is where Sigil is served.
      "no-server-example.com": "off",
      // A tag is the word that its paths share.
      "tag-description": "off",
      // Every 4xx is the one problem of `default`.
      "operation-4xx-response": "off",
    },
  });
  const problems = await lintFromString({ source: text, absoluteRef: "openapi.json", config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer})`);
}
