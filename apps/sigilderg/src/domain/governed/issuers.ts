import { CanonError } from "@sigil/canon";
import { CryptoError } from "@sigil/crypto";
import { issuerRequest, type PayloadOf, ProblemError } from "@sigil/wire";
import type { IssuerRotation } from "../credentials/issuer-register.ts";
import { jsonOf } from "../records/json.ts";
import type { Projection } from "../records/projection.ts";
import { governed, type Write } from "./row.ts";

type Change = PayloadOf<"issuer.change">;

/**
 * `issuer.change`: another issuer key comes into force, or one ends and none of its licences is good from then on. Refuses a
 * known key (`issuer-known`), one that a key in force did not sign (`body-invalid`), and the end of the issuer under which it
 * is asked for (`issuer-needed`), which would lock everybody out.
 */
export const issuerChange = governed({
  action: "issuer.change",
  request: issuerRequest,
  prepare(request, { projection }, { mode, ts, actingUnder }) {
    if (request.change === "rotate") {
      const { statement, by } = request;
      requireNew(projection, { statement, by });
      return written({ change: "rotate", statement, by, mode, ts });
    }
    const { kid, reason } = request;
    requireActive(projection, kid);
    if (kid === actingUnder)
      throw new ProblemError("issuer-needed", `the licence of this very request is issued by ${kid}`);
    return written({ change: "retire", kid, reason, mode, ts });
  },
  requireApplicable({ content }, { projection }) {
    const change = content as unknown as Change;
    if (change.change === "rotate") requireNew(projection, change);
    else requireActive(projection, change.kid);
  },
});

function written(change: Change): Write {
  return { kind: "issuer.change", stream: "system/issuers", loa: "Observer", content: jsonOf(change) };
}

function requireNew({ issuers }: Projection, rotation: IssuerRotation): void {
  const { kid } = rotation.statement;
  const known = issuers.state(kid);
  if (known !== undefined) throw new ProblemError("issuer-known", `the issuer ${kid} is ${known}`);
  try {
    issuers.verify(rotation);
  } catch (cause) {
    if (!(cause instanceof CanonError || cause instanceof CryptoError)) throw cause;
    throw new ProblemError("body-invalid", `the new issuer is not proved: ${cause.code}`, {
      missing: [`$.by: ${cause.message}`],
      cause,
    });
  }
}

function requireActive({ issuers }: Projection, kid: string): void {
  if (issuers.state(kid) !== "active") throw new ProblemError("not-found", `${kid} is no issuer in force`);
}
