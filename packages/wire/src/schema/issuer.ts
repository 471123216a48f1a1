import { z } from "zod";
import * as a from "./atoms.ts";
import { signature } from "./record.ts";

const mode = z.enum(["solo", "quorum"]);
const reason = z.string().min(1).max(256);

/** What the present and the next issuer key both sign under `SIGIL-ISSUER-V1`. */
const statement = z.strictObject({
  v: z.literal(1),
  runtimeId: a.name,
  kid: a.kid,
  publicKey: a.bytes32,
  /** An issuer key that is in force: it hands over. */
  replaces: a.kid,
});
const by = z.strictObject({ old: signature, new: signature });

/** Payload of `issuer.change`: beside those of genesis, the issuers are what these records say, in their order. */
export const issuerChange = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("rotate"), statement, by, mode, ts: a.timestamp }),
  z.strictObject({ change: z.literal("retire"), kid: a.kid, reason, mode, ts: a.timestamp }),
]);

/** `POST /v1/issuers`: another issuer key; licences of the one before stay good until it is retired. */
export const issuerRotate = z.strictObject({ statement, by });
/** `POST /v1/issuers/:kid/retirement`: from then on no licence of this issuer is good. */
export const issuerRetire = z.strictObject({ reason });
/** The `request` of a proposal of `issuer.change`. */
export const issuerRequest = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("rotate"), ...issuerRotate.shape }),
  z.strictObject({ change: z.literal("retire"), kid: a.kid, ...issuerRetire.shape }),
]);
export const issuerChanged = z.strictObject({
  kid: a.kid,
  record: a.uuid7,
  index: a.index,
  decision: a.uuid7,
});
export const issuerList = z.strictObject({
  issuers: z
    .array(
      z.strictObject({
        kid: a.kid,
        /** Null where a restore lost the record that brought a retired issuer. */
        publicKey: a.bytes32.nullable(),
        state: z.enum(["active", "retired"]),
      }),
    )
    .max(1024),
});
