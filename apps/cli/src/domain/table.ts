import { stripVTControlCharacters } from "node:util";

const width = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Rows with aligned columns, two spaces between; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(cell));
    });
  return rows.map((row) =>
    (
      indent +
      row
        .map((cell, i) =>
          i === row.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - width(cell) + 2),
        )
        .join("")
    ).trimEnd(),
  );
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes for a person: 1536 is `1.5 KiB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `1.5 KiB` or `2GiB` as bytes; undefined for anything else. */
export function bytesOf(text: string): number | undefined {
  const [, count = "", unit = "B"] = /^(\d{1,9}(?:\.\d{1,3})?) ?(B|KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  return count === "" ? undefined : Math.floor(Number(count) * 1024 ** UNITS.indexOf(unit as never));
}
