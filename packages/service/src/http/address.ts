import { isIPv6 } from "node:net";

/**
 * The address that a request is charged to: the socket's, or where that is a trusted proxy the last entry of
 * X-Forwarded-For that is none. Without trusted proxies the header says nothing. An IPv6 address counts as its /64,
 * which one customer has whole.
 */
export function chargedAddress(
  socket: string,
  forwarded: readonly string[],
  trusted: readonly string[],
): string {
  let address = plain(socket);
  if (trusted.length > 0) address = beforeProxies(address, forwarded, new Set(trusted.map(plain)));
  return address.includes(":") && isIPv6(address) ? network(address) : address.slice(0, 64);
}

function beforeProxies(socket: string, forwarded: readonly string[], proxies: ReadonlySet<string>): string {
  const hops = forwarded.flatMap((line) => line.split(",")).map((hop) => plain(hop.trim()));
  let address = socket;
  while (proxies.has(address)) {
    const next = hops.pop();
    if (next === undefined) break;
    address = next;
  }
  return address;
}

/** An IPv4 address in IPv6 form is the IPv4 address. */
function plain(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
}

function network(address: string): string {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill("0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
