import { ProblemError, type QueryOf, type ResponseOf } from "@sigil/wire";
import type { LicenceRegister } from "./licence-register.ts";

/** Licences of one page, each as it stands at `now` (milliseconds). @throws ProblemError `cursor-invalid` */
export function listLicences(
  register: LicenceRegister,
  { principal, after, limit = 50 }: QueryOf<"sigilderg GET /v1/licences">,
  now: number,
): ResponseOf<"sigilderg GET /v1/licences"> {
  const all = register.list(now, principal);
  const at = after === undefined ? -1 : all.findIndex(({ jti }) => jti === after);
  if (after !== undefined && at < 0)
    throw new ProblemError("cursor-invalid", `the list holds no licence ${after} to go on after`);
  const licences = all.slice(at + 1, at + 1 + limit);
  const more = at + 1 + limit < all.length;
  return { licences, next: more ? (licences.at(-1)?.jti ?? null) : null };
}
