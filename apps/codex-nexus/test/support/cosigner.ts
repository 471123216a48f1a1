// A witness of C2SP tlog-witness over HTTP, with every status of the specification. It believes nothing it is sent.
import { createServer } from "node:http";
import {
  CanonError,
  cosign,
  cosignerKey,
  openNote,
  parseCheckpoint,
  splitNote,
  verifyConsistency,
} from "@sigil/canon";
import { fromBase64, generateSeed, type SigningKey, signingKey } from "@sigil/crypto";

export interface TestCosigner {
  readonly name: string;
  readonly vkey: string;
  readonly url: string;
  /** Statuses answered so far. */
  readonly statuses: number[];
  /** When set, every request is answered with it: a witness that lies or fails. */
  misbehave: ((checkpoint: string) => { status: number; body: string; type?: string }) | undefined;
  /** Sets what it remembers, as if another had submitted. */
  remember(origin: string, size: number, root: Uint8Array): void;
  close(): Promise<void>;
}

/** Starts a witness that trusts the given logs: verifier keys by origin, one or several. */
export async function startCosigner(
  name: string,
  logs: Readonly<Record<string, string | readonly string[]>>,
): Promise<TestCosigner> {
  const key = signingKey(generateSeed());
  const seen = new Map<string, { size: number; root: Uint8Array }>();
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const odd = cosigner.misbehave?.(text.slice(text.indexOf("\n\n") + 2));
    const answer =
      odd === undefined
        ? addCheckpoint(request.method === "POST" && request.url === "/w/add-checkpoint", text)
        : { type: "text/plain", ...odd };
    statuses.push(answer.status);
    response.writeHead(answer.status, { "content-type": answer.type ?? "text/plain" }).end(answer.body);
  });

  function addCheckpoint(routed: boolean, text: string): { status: number; body: string; type?: string } {
    const refuse = (status: number, body = "") => ({ status, body });
    const parts = /^old (0|[1-9]\d*)\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n/.exec(text);
    if (!routed || parts === null) return refuse(400);
    const [whole, oldText = "", proofText = ""] = parts;
    const note = text.slice(whole.length);
    const signed = splitNote(note);
    const { origin, size, root } = parseCheckpoint(signed.text);
    const trusted = logs[origin];
    if (trusted === undefined) return refuse(404);
    try {
      openNote(note, [trusted].flat());
    } catch (error) {
      if (error instanceof CanonError) return refuse(403);
      throw error;
    }
    const old = Number(oldText);
    if (old > size) return refuse(400);
    const known = seen.get(origin) ?? { size: 0, root: new Uint8Array() };
    if (known.size !== old) return { status: 409, body: `${known.size}\n`, type: "text/x.tlog.size" };
    const proof = proofText === "" ? [] : proofText.trimEnd().split("\n").map(fromBase64);
    if (old === size && Buffer.compare(known.root, root) !== 0) return refuse(409);
    if (old === 0 ? proof.length > 0 : !consistent(known, { size, root }, proof)) return refuse(422);
    seen.set(origin, { size, root });
    return {
      status: 200,
      body: `${cosign(signed.text, name, Math.floor(Date.now() / 1000), key as SigningKey)}\n`,
    };
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const cosigner: TestCosigner = {
    name,
    vkey: cosignerKey(name, key.publicKey.raw),
    url: `http://127.0.0.1:${port}/w`,
    statuses,
    misbehave: undefined,
    remember: (origin, size, root) => seen.set(origin, { size, root }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return cosigner;
}

function consistent(
  from: { size: number; root: Uint8Array },
  to: { size: number; root: Uint8Array },
  proof: Uint8Array[],
): boolean {
  try {
    verifyConsistency({ size1: from.size, size2: to.size, root1: from.root, root2: to.root, proof });
    return true;
  } catch {
    return false;
  }
}
