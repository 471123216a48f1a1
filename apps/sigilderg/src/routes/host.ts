import type { Service } from "@sigil/service";
import { parseHostArguments, verifyGrant } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";

export function hostRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  service.route("sigilderg POST /v1/host/:call", async ({ params, body, envelope, grant, decided }) => {
    verifyGrant(grant, plane.key.publicKey, { now: Date.parse(plane.now()), holder: envelope.kid });
    const args = parseHostArguments(params.call, body.args);
    const { made, result } = await plane.hostCalls.answer(
      { call: params.call, run: body.run, seq: body.seq, args },
      grant,
    );
    decided(made.id);
    return { json: { result } };
  });
}
