import { methodCall } from "../calls.ts";
import type { Rule } from "../rule.ts";
import { ancestor } from "../tree.ts";

const UNHELPFUL = /^(?:failed|error|oops|unexpected|should work|should not fail|todo|fixme|bug|x+|\.*|!*)?$/i;

export const expectWithoutReason: Rule = {
  id: "expect-without-reason",
  severity: "info",
  title: "expect() that gives no reason",
  matches: '`.expect("…")` outside tests whose message is empty, a single word, or a filler',
  why: "The message of `expect` is all that the person reading the crash will have; it should say why the value had to be there.",
  fix: "Say which invariant makes failure impossible, or return the error with `?`.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = methodCall(node, file);
    const message = call?.args[0];
    if (call?.name !== "expect" || call.args.length !== 1 || message?.name !== "String") return null;
    if (ancestor(node, "ConstItem", "StaticItem")) return null;
    const text = file.text(message).slice(1, -1).trim();
    if (!UNHELPFUL.test(text) && !/^[\w-]+$/.test(text)) return null;
    return { at: call.at, detail: `The message ${JSON.stringify(text)} does not say why this cannot fail.` };
  },
};
