import { draftDigest } from "@sigil/canon";
import type { Service } from "@sigil/service";
import { KEK_WRAP_LIMIT } from "../domain/kek.ts";
import type { CodexNexus } from "../domain/nexus.ts";

/** `GET /v1/keys`, `POST /v1/keys/kek` and `POST /v1/keys/signing`. */
export function keyRoutes(service: Service, nexus: CodexNexus): void {
  service.route("codex-nexus GET /v1/keys", async () => ({
    json: {
      keks: await nexus.keks.uses(),
      rotating: nexus.keks.running,
      limit: KEK_WRAP_LIMIT,
      verifierKey: nexus.verifierKey,
      signing: nexus.signingKeys(),
    },
  }));

  service.route("codex-nexus POST /v1/keys/kek", async ({ log, envelope }) => {
    const kek = await nexus.keks.begin(Date.now());
    log.info({ kek, decisionId: envelope.ctx?.decision }, "the key-encryption key rotates");
    return { status: 202, json: { kek } };
  });

  service.route("codex-nexus POST /v1/keys/signing", async ({ body, log, envelope }) => {
    const decision = envelope.ctx?.decision;
    const { draft, place, kid, from } = await nexus.rotation.rotate(body.key, Date.now(), decision);
    log.info(
      { ...{ key: body.key, kid, from, recordId: place.id }, decisionId: decision },
      "a signing key rotates",
    );
    const { id, hash, index } = place;
    return { json: { key: body.key, kid, from, record: { id, hash, index, digest: draftDigest(draft) } } };
  });
}
