import { bindSeedFormats } from "../format/seed.ts";
import { signingKey } from "./ed25519.ts";

export const { seedFromJwk, seedFromPem, seedFromPkcs8, seedToJwk, seedToPem, seedToPkcs8 } =
  /* @__PURE__ */ bindSeedFormats(signingKey);
