import { fromBase64url, Secret, signingKey } from "@sigil/crypto";
import { build } from "esbuild";
import * as native from "../src/index.ts";
import { damages } from "./damages.ts";
import { bundle, log, trust } from "./fixture.ts";

const { entries } = bundle;
/** A sound bundle of two leaves, and the same with one that changed. */
export const fewest: readonly string[] = [entries.slice(0, 2), [{ ...entries[0], index: 1 }]].map((some) =>
  JSON.stringify({ ...bundle, entries: some }),
);

const SEED = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
const TEXTS = [
  '{"b":[1e3,-0,"€ 🙂\\u007f"],"a":"\\u20ac"}',
  '{"a":1,"a":2}',
  '"\\ud800"',
  "[9007199254740993]",
  "[1",
];

const question = {
  seed: SEED,
  texts: TEXTS,
  record: log[2],
  trust: JSON.stringify(trust),
  bundles: [JSON.stringify(bundle), ...damages.map(({ text }) => text)],
};
type Question = typeof question;

/** The answers of one implementation. It is compiled into the build as text, so it uses nothing from around it. */
function ask(
  canon: typeof native,
  crypto: { fromBase64url: typeof fromBase64url; Secret: typeof Secret; signingKey: typeof signingKey },
  q: Question,
) {
  const attempt = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      const { code, path, name } = error as { code?: string; path?: string; name: string };
      return { name, code, path };
    }
  };
  const key = crypto.signingKey(crypto.Secret.from(crypto.fromBase64url(q.seed)));
  const signed = canon.signRecord(canon.checkRecord(q.record), key);
  const tampered = { ...signed, record: { ...signed.record, loa: "Root" } };
  const pinned = canon.parseTrustFile(q.trust);
  return {
    canonical: q.texts.map((text) => attempt(() => canon.canonicalize(canon.parseJson(text)))),
    bytes: attempt(() => canon.canonicalize(canon.parseJson(canon.canonicalBytes({ euro: "€" })))),
    kid: key.kid,
    signed,
    verified: attempt(() => canon.verifyRecord(signed, key.publicKey)),
    tampered: attempt(() => canon.verifyRecord(tampered, key.publicKey)),
    reports: q.bundles.map((text) => canon.verifyBundle(text, pinned)),
  };
}

/** A question as JSON, and the answer that the native entries give to it. */
export function examine(bundles: readonly string[] = question.bundles): { asked: string; answer: unknown } {
  const asked = JSON.stringify({ ...question, bundles });
  const answer = ask(native, { fromBase64url, Secret, signingKey }, JSON.parse(asked));
  return { asked, answer: JSON.parse(JSON.stringify(answer)) };
}

/** A classic script of the portable entries of crypto and canon that defines `answer(question: string): string`. */
export async function portableScript(): Promise<string> {
  const contents = `import * as canon from "./src/portable.ts";
    import { fromBase64url, Secret, signingKey } from "@sigil/crypto/portable";
    const ask = ${ask.toString()};
    globalThis.answer = (question) => JSON.stringify(ask(canon, { fromBase64url, Secret, signingKey }, JSON.parse(question)));`;
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: `${import.meta.dirname}/..`, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  const native = Object.keys(metafile.inputs).filter((path) => /src\/(node\/|index\.ts)/.test(path));
  if (native.length > 0) throw new Error(`the portable build holds ${native.join(", ")}`);
  return outputFiles[0]?.text ?? "";
}
