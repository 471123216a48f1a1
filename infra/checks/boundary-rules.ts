import type { ICruiseOptions, IForbiddenRuleType } from "dependency-cruiser";

// The two import sentences of ARCHITECTURE.md, as rules. Every message names the remedy.
//   Between packages: apps → service → wire → policy → canon → crypto
//   Inside an app:    main → app → routes → domain, and main → store | clients | sandbox → domain
const order = ["crypto", "canon", "policy", "wire", "service"];

const packageArrow: IForbiddenRuleType[] = order.slice(0, -1).map((name, i) => ({
  name: `packages-${name}-imports-only-to-its-right`,
  severity: "error",
  comment: `packages/${name} may import only ${order.slice(0, i).reverse().join(", ") || "nothing of Sigil"}. Remedy: move the code to the leftmost package that needs both, or pass the value in as an argument.`,
  from: { path: `^packages/${name}/src/` },
  to: { path: `^packages/(${order.slice(i + 1).join("|")}|module-sdk)/|^apps/` },
}));

const layer = (name: string, from: string, to: string, remedy: string): IForbiddenRuleType => ({
  name,
  severity: "error",
  comment: remedy,
  from: { path: from },
  to: { path: to },
});
const app = "^apps/([^/]+)/src/";

export const rules: IForbiddenRuleType[] = [
  ...packageArrow,
  layer(
    "service-imports-no-app",
    "^packages/service/src/",
    "^apps/|^packages/module-sdk/",
    "packages/service knows no app. Remedy: let the app pass in what differs.",
  ),
  layer(
    "module-sdk-imports-nothing",
    "^packages/module-sdk/src/",
    "^(?!packages/module-sdk/)",
    "module-sdk imports nothing at run time: it is bundled into third-party modules. Remedy: write the few lines here, or use a type-only declaration of its own.",
  ),
  {
    name: "no-app-imports-another",
    severity: "error",
    comment:
      "Apps talk over the wire. Remedy: put the shared schema in packages/wire, or shared service behaviour in packages/service.",
    from: { path: "^apps/([^/]+)/src/" },
    to: { path: "^apps/(?!$1/)[^/]+/" },
  },
  {
    name: "modules-import-only-the-sdk",
    severity: "error",
    comment:
      "A built-in module is an ordinary package with no privilege. Remedy: import only @sigil/module-sdk and what is bundled into the guest.",
    from: { path: "^apps/mmf/modules/[^/]+/src/" },
    to: { path: "^packages/(?!module-sdk/)|^apps/[^/]+/src/" },
  },
  layer(
    "domain-imports-only-domain",
    `${app}domain/`,
    "^apps/$1/src/(?!domain/)",
    "The domain declares the interface of what it needs. Remedy: declare it in domain/, implement it in store/, clients/ or sandbox/, join them in main.ts.",
  ),
  layer(
    "domain-touches-no-io",
    `${app}domain/`,
    "(^|/)(hono|@hono/node-server|better-sqlite3|drizzle-orm|undici)(/|$)|^(node:)?(fs|fs/promises|http|https|net|child_process|worker_threads)$",
    "The domain is pure. Remedy: declare an interface and implement it in an adapter folder.",
  ),
  layer(
    "routes-import-only-domain",
    `${app}(routes|commands)/`,
    "^apps/$1/src/(main|app|store|clients|sandbox)([./]|/)",
    "Routes and commands are thin: they import the domain only. Remedy: receive the adapter through the domain's interface.",
  ),
  layer(
    "app-imports-routes-and-domain",
    `${app}app\\.ts$`,
    "^apps/$1/src/(main\\.ts$|store/|clients/|sandbox/)",
    "app.ts joins routes; main.ts joins adapters. Remedy: construct the adapter in main.ts and pass it in.",
  ),
  {
    name: "adapters-import-only-domain",
    severity: "error",
    comment:
      "An adapter implements a domain interface and knows no other adapter. Remedy: go through the domain, or join them in main.ts.",
    from: { path: "^apps/([^/]+)/src/(store|clients|sandbox)/" },
    to: { path: "^apps/$1/src/(?!domain/)(?!$2/)" },
  },
  layer(
    "nothing-imports-main",
    "^apps/",
    "^apps/[^/]+/src/main\\.ts$",
    "main.ts is where a process begins. Remedy: move what you need into app.ts or the domain.",
  ),
  {
    name: "pure-packages-touch-no-node",
    severity: "error",
    comment:
      "canon and policy run in a browser and in the guest. Remedy: take bytes from @sigil/crypto, and time and I/O as arguments.",
    from: { path: "^packages/(canon|policy)/src/" },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "portable-reaches-no-node",
    severity: "error",
    comment:
      "The portable entries run where Node is absent. Remedy: import from the portable side, never from a file that reaches a node: module.",
    from: { path: "^packages/(crypto|canon|policy)/src/portable\\.ts$" },
    to: {
      reachable: true,
      path: "^(node:)?(crypto|fs|buffer|util|path|os|process|worker_threads|child_process)$",
    },
  },
  layer(
    "development-keys-only-in-tests",
    "^(packages|apps)/.*src/",
    "^packages/crypto/src/development\\.ts$",
    "Everybody knows the development keys. Remedy: open a sealed key file, or move the import into a test.",
  ),
  {
    name: "no-cycles",
    severity: "error",
    comment: "Remedy: move what both need into a third file.",
    from: {},
    to: { circular: true, dependencyTypesNot: ["type-only"] },
  },
  {
    name: "no-unresolvable",
    severity: "error",
    comment: "Remedy: declare the dependency in the package that imports it.",
    from: { pathNot: "(^|/)(test|infra)/" },
    to: { couldNotResolve: true },
  },
];

export const options: ICruiseOptions = {
  doNotFollow: { path: "node_modules" },
  exclude: { path: "(^|/)dist/" },
  tsPreCompilationDeps: true,
  tsConfig: { fileName: "tsconfig.json" },
  enhancedResolveOptions: {
    exportsFields: ["exports"],
    conditionNames: ["import", "node", "default"],
    extensions: [".ts", ".js", ".mjs", ".json"],
  },
};
