// The container stack. Usage: npm run stack -- image | up | stop | remove [--data] | logs | drive | sigil <command> …
// Options: --base <image>, --project <name>, --secrets <folder>, --publish <address:port>, --file <compose file>
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../publish/manifest.ts";
import { drive } from "./drive.ts";
import { buildImage, IMAGE } from "./image.ts";
import { refusing, StackError } from "./refusal.ts";
import { Stack } from "./stack.ts";

const words = process.argv.slice(2);
// Everything after `sigil` is that command's own.
const at = words.indexOf("sigil");
const own = at < 0 ? words : words.slice(0, at);
const rest = at < 0 ? [] : words.slice(at + 1);

const { values, positionals } = parseArgs({
  args: own,
  allowPositionals: true,
  options: {
    base: { type: "string" },
    project: { type: "string", default: "sigil" },
    secrets: { type: "string", default: join(ROOT, "infra/secrets") },
    publish: { type: "string", default: "127.0.0.1:7400" },
    file: { type: "string" },
    data: { type: "boolean", default: false },
  },
});

const stack = () => {
  const { project, secrets, publish, file } = values;
  return new Stack({ project, secrets, publish, ...(file === undefined ? {} : { file }) });
};

const COMMANDS: Readonly<Record<string, () => unknown>> = {
  image() {
    buildImage(values.base);
    console.log(IMAGE);
  },
  async up() {
    const up = stack();
    const { founded } = await up.up();
    if (founded)
      console.log(`Made a runtime in the volume ${values.project}_home; its secrets: ${values.secrets}`);
    console.log(`Sigil is ready at ${up.url}

Try next:
  npm run -s stack -- sigil status
  npm run -s stack -- sigil module run rust-mentor docs/examples/rust/orders.rs
  npm run -s stack -- stop`);
  },
  stop: () => stack().stop(),
  remove: () => stack().remove(values.data),
  logs: () => console.log(stack().compose("logs", "--no-color").text),
  drive: () => drive(values.base),
};

await refusing(async () => {
  if (at >= 0) {
    const { status, text } = stack().sigil(...rest);
    process.stdout.write(text);
    process.exitCode = status;
    return;
  }
  const [name = "up"] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new StackError(
      "arguments-invalid",
      `${JSON.stringify(name)} is not a command of the stack`,
      `Use ${Object.keys(COMMANDS).join(", ")} or sigil.`,
    );
  await command();
});
