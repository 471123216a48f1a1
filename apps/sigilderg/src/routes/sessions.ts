import type { Service } from "@sigil/service";
import { ProblemError } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { sessionCookie } from "../presented.ts";

/** `POST` and `DELETE /v1/session`, and `POST /v1/session/csrf`. */
export function sessionRoutes(service: Service<Admitted>, plane: ControlPlane): void {
  const { sessions } = plane;
  const now = () => Date.parse(plane.now());
  const instant = (milliseconds: number) => new Date(milliseconds).toISOString();

  service.route("sigilderg POST /v1/session", (request) => {
    const { claims, credential } = request.admitted;
    const at = now();
    const { cookie, secret, endsAt } = sessions.open(claims, credential.token, at);
    const maxAge = Math.floor((endsAt - at) / 1000);
    return {
      status: 201,
      json: { secret, expiresAt: instant(endsAt) },
      headers: { "set-cookie": sessionCookie(request, cookie, maxAge) },
    };
  });

  service.route("sigilderg DELETE /v1/session", (request) => {
    const { session } = request.admitted.credential;
    if (session === undefined)
      throw new ProblemError("not-found", "the request came through no session", {
        decisionId: request.admitted.made.id,
      });
    sessions.close(session);
    return { json: { closed: true }, headers: { "set-cookie": sessionCookie(request, "", 0) } };
  });

  service.route("sigilderg POST /v1/session/csrf", ({ admitted }) => {
    const { session } = admitted.credential;
    if (session === undefined)
      throw new ProblemError("not-found", "the request came through no session, and so needs no token", {
        decisionId: admitted.made.id,
      });
    const { token, endsAt } = sessions.mint(session, now());
    return { status: 201, json: { token, expiresAt: instant(endsAt) } };
  });
}
