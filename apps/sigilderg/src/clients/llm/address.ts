import { type LookupAddress, lookup } from "node:dns";
import { BlockList, type LookupFunction } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Where no language model is, and where machines of a cloud ask for their credentials. */
const nowhere = new BlockList();
nowhere.addSubnet("0.0.0.0", 8, "ipv4");
nowhere.addSubnet("169.254.0.0", 16, "ipv4");
nowhere.addSubnet("224.0.0.0", 3, "ipv4");
nowhere.addAddress("::", "ipv6");
nowhere.addSubnet("fe80::", 10, "ipv6");
nowhere.addSubnet("ff00::", 8, "ipv6");

/** Whether a name may have led to this address: a name of this machine to loopback alone, any other to anything but it. */
export function mayConnect(address: string, named: "loopback" | "elsewhere"): boolean {
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const here = loopback.check(address, family);
  return named === "loopback" ? here : !here && !nowhere.check(address, family);
}

type Resolve = (
  name: string,
  options: { all: true },
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Resolves a name and refuses it when one of its addresses may not be connected to: whoever answers for a name cannot lead the
 * control plane to a port of this machine or to the metadata of a cloud.
 */
export function guardedLookup(named: "loopback" | "elsewhere", resolve: Resolve = lookup): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const refused = error === null && addresses.find(({ address }) => !mayConnect(address, named));
      const [first] = error === null ? addresses : [];
      if (error !== null || refused || first === undefined) {
        const why =
          error ?? new Error(refused ? `${name} leads to ${refused.address}` : `${name} leads nowhere`);
        done(why, "", 0);
      } else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
