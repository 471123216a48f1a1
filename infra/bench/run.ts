// npm run -s bench -- <suite> [--quick] [--million]: progress on stderr, one JSON object a line on stdout.
import type { Line, Scale } from "./measure.ts";
import { canon } from "./suites/canon.ts";
import { crypto } from "./suites/crypto.ts";
import { gate } from "./suites/gate.ts";
import { modules } from "./suites/modules.ts";
import { spine } from "./suites/spine.ts";
import { store } from "./suites/store.ts";

const SUITES: Record<string, (scale: Scale) => AsyncGenerator<Line>> = {
  canon,
  crypto,
  gate,
  modules,
  spine,
  store,
};

const names = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const flags = process.argv.slice(2).filter((arg) => arg.startsWith("-"));
const unknownFlag = flags.find((flag) => !["--quick", "--million"].includes(flag));
const unknown = names.find((name) => !(name in SUITES));
if (unknownFlag || unknown || names.length === 0) {
  console.error(
    `bench: ${unknownFlag ? `unknown flag ${unknownFlag}` : unknown ? `no suite "${unknown}"` : "name a suite"}; usage: bench <${Object.keys(SUITES).join("|")}> [--quick] [--million]`,
  );
  process.exit(2);
}
const million = flags.includes("--million");
const scale: Scale = flags.includes("--quick")
  ? { roundMs: 400, rounds: 3, million }
  : { roundMs: 3000, rounds: 7, million };
for (const name of names)
  for await (const line of SUITES[name]?.(scale) ?? []) console.log(JSON.stringify(line));
