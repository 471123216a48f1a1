import { stringify } from "smol-toml";
import { CONFIG, type ConfigRow, environmentName } from "./table.ts";

/** The commented `sigil.toml` that bootstrap writes: every key with its default, commented out, and its sentence. */
export function renderDefaultToml(): string {
  const lines = [
    "# Settings of this Sigil installation. Every key is shown with its default; remove the # to change it.",
    "# Precedence: this file < environment (SIGIL_<SECTION>_<KEY>) < --set section.key=value; over those that are marked live",
    "# stands what `sigil config change` recorded.",
    "# Relative paths are relative to the folder of this file.",
  ];
  let section = "";
  for (const row of CONFIG as readonly ConfigRow[]) {
    if (row.section !== section) {
      section = row.section;
      lines.push("", `[${section}]`);
    }
    const live = row.runtime === true ? ", live" : "";
    lines.push(
      `# ${row.doc} (${environmentName(row)}${live})`,
      `# ${stringify({ [row.key]: row.default }).trim()}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
