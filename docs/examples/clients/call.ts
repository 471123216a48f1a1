// Calls SigilDERG with a signed envelope and a licence, as any program can: node:crypto and fetch, nothing of Sigil.
//
//   openssl genpkey -algorithm ed25519 -out client.pem
//   openssl pkey -in client.pem -pubout -out client.pub
//   sigil client-key add --principal ci --public-key client.pub          (a Root does this, once)
//   sigil license issue --principal ci --loa Operator --bind-key <kid> --out ci.jwt
//   node call.ts http://127.0.0.1:7400 client.pem ci.jwt ci POST /v1/memory '{"kind":"episodic","text":"hello"}'
//
// The format is docs/reference/formats.md, "Request envelope".
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";

const [url = "", keyFile = "", licenceFile = "", principal = "", method = "GET", path = "/", json = ""] =
  process.argv.slice(2);

const key = createPrivateKey(readFileSync(keyFile));
const licence = readFileSync(licenceFile, "utf8").trim();
const digest = (bytes: string) => createHash("sha256").update(bytes).digest("base64url");

/** Objects of strings and integers in the form of RFC 8785: sorted keys, no spaces. */
const canonical = (fields: Record<string, string | number>) =>
  JSON.stringify(fields, Object.keys(fields).sort());

/** RFC 7638 thumbprint of the public key. */
const { x = "" } = createPublicKey(key).export({ format: "jwk" });
const kid = digest(canonical({ crv: "Ed25519", kty: "OKP", x }));

function seal(instance: string): string {
  const now = Math.floor(Date.now() / 1000);
  const fields = canonical({
    v: 1,
    typ: "sigil-request",
    alg: "Ed25519",
    kid,
    iss: principal,
    aud: `sigilderg/${instance}`,
    htm: method,
    htu: path,
    ct: json === "" ? "" : "application/json",
    bd: digest(json),
    bl: Buffer.byteLength(json),
    iat: now,
    exp: now + 30,
    nonce: randomBytes(16).toString("base64url"),
    lic: digest(licence),
  });
  const signature = sign(null, Buffer.from(`SIGIL-REQUEST-V1\n${fields}`), key);
  return `${Buffer.from(fields).toString("base64url")}.${signature.toString("base64url")}`;
}

/** The instance is drawn at each start of SigilDERG: an envelope is for this one process. */
async function instanceOf(): Promise<string> {
  const response = await fetch(`${url}/.well-known/sigil-keys`);
  const { instance } = (await response.json()) as { instance: string };
  return instance;
}

const send = async () =>
  fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${licence}`,
      "sigil-envelope": seal(await instanceOf()),
      ...(json === "" ? {} : { "content-type": "application/json" }),
    },
    ...(json === "" ? {} : { body: json }),
  });

// 409 stale-instance: SigilDERG has restarted between the two requests. Once more, with its new instance.
let response = await send();
if (response.status === 409) response = await send();
console.log(await response.text());
process.exitCode = response.ok ? 0 : 1;
