import { methodCall } from "../calls.ts";
import type { Rule } from "../rule.ts";

const SWITCHES = new Set([
  "danger_accept_invalid_certs",
  "danger_accept_invalid_hostnames",
  "accept_invalid_certs",
  "accept_invalid_hostnames",
]);

export const tlsVerificationOff: Rule = {
  id: "tls-verification-off",
  severity: "error",
  title: "TLS verification switched off",
  matches: "`.danger_accept_invalid_certs(true)` and its like, or `.set_verify(SslVerifyMode::NONE)`",
  why: "Anyone on the network path can answer in the server's name and read everything.",
  fix: "Trust the server's own CA with `add_root_certificate` instead.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = methodCall(node, file);
    const value = call?.args[0];
    if (!call || !value) return null;
    const off = SWITCHES.has(call.name)
      ? file.text(value) === "true"
      : call.name === "set_verify" && /(?:^|::)NONE$/.test(file.flat(value));
    return off
      ? { at: call.at, detail: `\`.${call.name}(${file.flat(value)})\` accepts every certificate.` }
      : null;
  },
};
