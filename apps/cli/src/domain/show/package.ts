import {
  capabilityText,
  type Difference,
  LIMIT_NAMES,
  LIMITS,
  type Manifest,
  type Publisher,
} from "@sigil/wire/module-package";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** What a package is, whose, and what its module may do. `publisherName` is what this runtime calls the publisher. */
export function packageLines(
  manifest: Manifest,
  publisher: Publisher | null,
  style: Style,
  publisherName?: string,
): string[] {
  const above = LIMIT_NAMES.filter((name) => manifest.limits[name] > LIMITS[name].default);
  const name = publisherName === undefined ? "" : ` (${publisherName})`;
  return [
    `${style.bold(manifest.id)} ${manifest.version}  ${manifest.description}`,
    ...table(
      [
        ["digest", manifest.digest],
        ["publisher", publisher === null ? style.bad("nobody has signed it") : `${publisher.kid}${name}`],
        ["licence", manifest.licence],
        ["may", manifest.capabilities.map(capabilityText).join(", ") || "nothing but compute"],
        [
          "limits",
          above.map((limit) => `${limit} ${LIMITS[limit].default} → ${manifest.limits[limit]}`).join(", ") ||
            "none above the defaults",
        ],
      ],
      "  ",
    ),
  ];
}

/** How a version differs from the one before it, for who is to agree. */
export function differenceLines(
  before: string | undefined,
  differences: readonly Difference[],
  style: Style,
): string[] {
  if (before === undefined) return ["  never registered before"];
  if (differences.length === 0) return [`  asks for what ${before} has, and no more`];
  return [
    `  beside ${before}:`,
    ...differences.map(({ more, text }) => `    ${more ? style.warn(text) : style.good(text)}`),
  ];
}
