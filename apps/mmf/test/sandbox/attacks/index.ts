import { CODE } from "./code.ts";
import { HOST } from "./host.ts";
import { MEMORY } from "./memory.ts";
import { OUTPUT } from "./output.ts";
import { STATE } from "./state.ts";
import { TIME } from "./time.ts";

/** Every hostile module of the suite, each with its required outcome. */
export const ATTACKS = [...TIME, ...MEMORY, ...CODE, ...STATE, ...OUTPUT, ...HOST];

const PACKAGES = "../../../../packages/wire/test/module-package/module-package.test.ts";

/**
 * Attacks on MMF that are no code in a guest: where they are made, and the title of the test that holds them to their
 * outcome. The suite checks that each test is there.
 */
export const ELSEWHERE: readonly [attack: string, file: string, title: string][] = [
  ["protocol garbage on the pipe", "rogue.test.ts", "is killed, and its run ends as protocol-error"],
  ["a forged run id on the pipe", "rogue.test.ts", "a call for another run"],
  ["a call out of sequence, or more calls than allowed", "rogue.test.ts", "a call out of sequence"],
  [
    "code that escaped into a runner",
    "rogue.test.ts",
    "code that escapes into a runner finds no environment",
  ],
  [
    "code that escaped past Node's permission model",
    "strict.test.ts",
    "code that escapes into a strict runner",
  ],
  [
    "a package altered after signing",
    PACKAGES,
    "a package that was altered, signed by another or not at all",
  ],
  [
    "a package of one publisher under another's signature",
    PACKAGES,
    "whose manifest names no publisher, signed all the same",
  ],
  ["a manifest that lists other files than there are", PACKAGES, "that holds more than it lists"],
  [
    "a manifest that asks for more than there is",
    PACKAGES,
    "a manifest that asks for more %s than the ceiling",
  ],
  [
    "a manifest with a field too many, of another engine, of a publisher that is no key",
    PACKAGES,
    "a manifest with %s is refused as manifest-malformed",
  ],
  ["a symbolic link in a package", PACKAGES, "with a symbolic link"],
  ["a path that leaves the package", PACKAGES, "a manifest that names the path %j is refused"],
  ["a tarball whose paths climb out", PACKAGES, "with a path that climbs out"],
  [
    "a tarball that unpacks to a thousand times its size",
    PACKAGES,
    "that unpacks to a thousand times its size",
  ],
  [
    "code that was altered where it is installed",
    "../store/module-folders.test.ts",
    "code that was altered after the build is not loaded",
  ],
  [
    "a digest that was not admitted",
    "../store/module-folders.test.ts",
    "a module is taken only under the digest that was admitted",
  ],
  [
    "an order under another run's grant",
    "../service/runs.test.ts",
    "a grant for another %s than the order's is refused",
  ],
  [
    "a call above the caller's level",
    "../service/runs.test.ts",
    "a call above the caller's level is refused",
  ],
];
