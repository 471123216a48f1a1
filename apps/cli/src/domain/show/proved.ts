import type { Proved } from "../proved.ts";
import type { Style } from "../style.ts";
import { bundleLines, followedLines } from "./bundle.ts";
import { checkedLines } from "./chain.ts";

/** Everything that a bundle was found to prove, for a person. */
export function provedLines({ report, chains, ...keys }: Proved, style: Style): string[] {
  return [
    ...bundleLines(report, style),
    ...followedLines(report, keys, style),
    ...checkedLines(chains, style),
  ];
}
