import { pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";
import { runsAsync } from "../tree.ts";

const BLOCKING: readonly (readonly [RegExp, string])[] = [
  [/^std::thread::sleep$/, "Use the executor's own timer, e.g. `tokio::time::sleep(…).await`."],
  [
    /^std::fs::(?!File$|OpenOptions$|Permissions$|Metadata$)/,
    "Use `tokio::fs`, or move the work into `spawn_blocking`.",
  ],
  [/^std::net::(?:TcpStream::connect|TcpListener::bind|UdpSocket::bind)/, "Use the executor's sockets."],
  [/^reqwest::blocking::/, "Use the async client of reqwest."],
  [
    /^(?:ureq|attohttpc|minreq)::(?:get|post|put|delete|request)$/,
    "Use an async HTTP client, or `spawn_blocking`.",
  ],
  [/^std::io::(?:stdin|read_to_string|copy)$/, "Use `tokio::io`, or move the work into `spawn_blocking`."],
  [/^futures::executor::block_on$/, "Await the future."],
];

export const blockingInAsync: Rule = {
  id: "blocking-in-async",
  severity: "warning",
  title: "blocking call in async code",
  matches:
    "`std::thread::sleep`, `std::fs`, `std::net`, blocking HTTP clients and `block_on`, by resolved path, in an async function or block; not inside a plain closure, which may run elsewhere",
  why: "The executor's thread stands still meanwhile, and with it every other task on that thread.",
  fix: "Use the async counterpart, or move the work into `spawn_blocking`.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = pathCall(node, file);
    if (!call || !runsAsync(node)) return null;
    for (const [pattern, fix] of BLOCKING) {
      if (pattern.test(call.path))
        return { at: node, detail: `\`${call.path}\` blocks the thread that runs this task.`, fix };
    }
    return null;
  },
};
