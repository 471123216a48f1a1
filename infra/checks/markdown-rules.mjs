// Rules of this repository for markdownlint: links that readers of a clone can follow, and the spelling of the glossary.
import { dirname, relative, resolve } from "node:path";

/** markdownlint runs in the root of what it looks at. */
const root = process.cwd();

/** Every token of one of these types, however deep. */
function* tokensOf(tokens, types) {
  for (const token of tokens) {
    if (types.has(token.type)) yield token;
    yield* tokensOf(token.children, types);
  }
}

const linksStayInside = {
  names: ["links-stay-inside"],
  description: "Links lead to something in the repository",
  tags: ["links"],
  parser: "micromark",
  function(params, onError) {
    for (const { text, startLine } of tokensOf(
      params.parsers.micromark.tokens,
      new Set(["resourceDestinationString", "definitionDestinationString"]),
    )) {
      if (/^[a-z]+:|^#/.test(text)) continue;
      const path = relative(root, resolve(dirname(params.name), text.split("#")[0]));
      if (path.startsWith(".."))
        onError({ lineNumber: startLine, detail: `it leaves the repository: ${text}` });
    }
  },
};

/** How the words of the glossary and of this repository's English are not written, and how they are. */
const GLOSSARY = [
  // `license` as a verb, and in the name of an action or a test.
  [/\b(?:a|an|the|of|without|one|its|this|that|no) licenses?\b(?!\.)/i, "licence"],
  [/\b[Ff]rozen [Cc]hains?\b/, "FrozenChain"],
  [/\b[Cc]odexNexus\b/, "Codex Nexus"],
  [/\b[Rr]ule-?(?:0|zero)\b/, "Rule Zero"],
  [/\b[Ll]evels? of access\b/, "Level of Access"],
  [/\bco-signers?\b/i, "cosigner"],
  [/\bcheck-points?\b/i, "checkpoint"],
  [/\b(?:behavior|favor|honor)\w*/i, "British spelling: -our"],
];

const glossary = {
  names: ["glossary"],
  description: "Words of the glossary have one spelling",
  tags: ["spelling"],
  parser: "micromark",
  function(params, onError) {
    // Text alone: code, links' targets and HTML say what programs say.
    for (const { text, startLine } of tokensOf(params.parsers.micromark.tokens, new Set(["data"])))
      for (const [wrong, right] of GLOSSARY) {
        const found = wrong.exec(text);
        if (found !== null) onError({ lineNumber: startLine, detail: `"${found[0]}" is written: ${right}` });
      }
  },
};

export default [linksStayInside, glossary];
