import { generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { describe, expect, it } from "vitest";
import { ClientKeyRegister } from "../../src/domain/credentials/client-key-register.ts";

const [first, second] = [signingKey(generateSeed()), signingKey(generateSeed())];
const at = (minute: number) => `2026-11-25T09:0${minute}:00.000Z`;
const now = Date.parse(at(5));
const record = (payload: object) => ({ kind: "client-key.change" as const, payload: payload as never });
const enrolment = ({ kid, publicKey }: typeof first, minute = 0) => ({
  ...{ principal: "ada", kid, publicKey: toBase64url(publicKey.raw), routes: ["*"] },
  ...{ mode: "solo", ts: at(minute) },
});
const add = (key: typeof first, minute = 0) => record({ change: "add", ...enrolment(key, minute) });
const revoke = ({ kid }: typeof first, minute = 1) =>
  record({ change: "revoke", principal: "ada", kid, reason: "lost", mode: "solo", ts: at(minute) });
const rotate = (replaces: typeof first, key: typeof first, ends: string) =>
  record({ change: "rotate", ...enrolment(key, 1), replaces: replaces.kid, ends });

describe("the register of client keys", () => {
  it("keeps a revoked key refused although the record that enrolled it was lost", () => {
    const clients = new ClientKeyRegister();
    clients.absorb(revoke(first));
    clients.absorb(add(first, 2));
    expect(clients.find(first.kid, now)).toBeUndefined();
    expect(clients.list(now)).toEqual([
      {
        ...{ kid: first.kid, principal: "ada", role: "client", routes: [], publicKey: null },
        ...{ state: "revoked", since: null, ends: at(1) },
      },
    ]);
  });

  it("never brings back a key that another has replaced, in whichever order their records come", () => {
    const clients = new ClientKeyRegister();
    clients.absorb(rotate(first, second, at(2)));
    clients.absorb(add(first, 3));
    expect(clients.find(first.kid, now)).toBeUndefined();
    expect(clients.find(second.kid, now)).toMatchObject({ issuer: "ada", role: "client", routes: ["*"] });
  });

  it("takes the earliest end that any record says", () => {
    const clients = new ClientKeyRegister();
    for (const change of [add(first), rotate(first, second, at(4)), revoke(first, 2), revoke(first, 3)])
      clients.absorb(change);
    expect(clients.row(first.kid, now)).toMatchObject({ state: "revoked", since: at(0), ends: at(2) });
  });
});
