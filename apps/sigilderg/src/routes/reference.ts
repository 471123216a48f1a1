import type { Service } from "@sigil/service";
import { type OpenApiDocument, openApi, ProblemError, SERVICES, type ServiceName } from "@sigil/wire";
import type { ControlPlane } from "../control-plane.ts";
import type { Admitted } from "../domain/admitted.ts";
import { referencePage } from "../domain/reference-page.ts";
import { securityTxt } from "../domain/security-txt.ts";

/** `GET /openapi.json`, `GET /openapi/:service`, `GET /reference`, `GET /.well-known/security.txt`. */
export function referenceRoutes(
  service: Service<Admitted>,
  plane: Pick<ControlPlane, "now">,
  about: { readonly version: string; readonly url: string; readonly securityContact: () => string },
): void {
  const { version, url, securityContact } = about;
  const documents = new Map(SERVICES.map((name) => [name, openApi(name, version)] as const));
  const page = referencePage([...documents.values()]);
  // Every name of the list has its document.
  const documentOf = (name: ServiceName) =>
    documents.get(name) as OpenApiDocument & { info: { title: string } };

  service.route("sigilderg GET /openapi.json", () => ({ json: documentOf("sigilderg") }));

  service.route("sigilderg GET /openapi/:service", ({ params }) => ({ json: documentOf(params.service) }));

  service.route("sigilderg GET /reference", () => ({
    text: page.html,
    contentType: "text/html; charset=utf-8",
    headers: { "content-security-policy": page.csp },
  }));

  service.route("sigilderg GET /.well-known/security.txt", () => {
    const contact = securityContact();
    if (contact === "") {
      throw new ProblemError("not-found", "no contact is configured", {
        remedy: "Whoever runs this installation sets sigilderg.security_contact.",
      });
    }
    const text = securityTxt(`${url}/.well-known/security.txt`, contact, Date.parse(plane.now()));
    return { text, contentType: "text/plain; charset=utf-8" };
  });
}
