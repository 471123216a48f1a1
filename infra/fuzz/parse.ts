import { canonicalize, parseJson } from "../../packages/canon/src/index.ts";
import { serializePortable } from "../../packages/canon/src/json/portable.ts";
import { bounded, refusable, same } from "./bounded.ts";

const LIMITS = { maxBytes: 1024 * 1024 };

/** Texts that the fuzzer starts from. */
export const seeds = [
  '{"a":[1,-0,1.5e-7,1e21,true,false,null],"b":{"c":"\\u20ac\\n\\ud83d\\ude00"}}',
  '{"a":1,"a":2}',
  '"\\ud800"',
  "9007199254740993",
  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
  '\ufeff{"__proto__":1}',
];

/** What is accepted means what JSON.parse makes of it, and has one canonical text by both serialisers. */
export function fuzz(data: Uint8Array): void {
  bounded(data.length, () => {
    const value = refusable(() => parseJson(data, LIMITS));
    if (value === undefined) return;
    const text = new TextDecoder().decode(data);
    same("as text", JSON.stringify(parseJson(text, LIMITS)), JSON.stringify(value));
    same("as JSON.parse", JSON.stringify(JSON.parse(text)), JSON.stringify(value));
    const canonical = canonicalize(value, LIMITS);
    same("portable", serializePortable(value, LIMITS), canonical);
    same("again", canonicalize(parseJson(canonical, LIMITS), LIMITS), canonical);
  });
}
