import { CODE } from "./code.ts";
import { HOST } from "./host.ts";
import { MEMORY } from "./memory.ts";
import { OUTPUT } from "./output.ts";
import { STATE } from "./state.ts";
import { TIME } from "./time.ts";

/** Every hostile module of the suite, each with its required outcome. */
export const ATTACKS = [...TIME, ...MEMORY, ...CODE, ...STATE, ...OUTPUT, ...HOST];

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
    "a package altered after it was built",
    "../store/module-folders.test.ts",
    "code that was altered after the build is refused",
  ],
  [
    "a manifest that lists other files than there are",
    "../store/module-folders.test.ts",
    "a file that the manifest does not list is refused",
  ],
  [
    "a manifest that asks for more than there is",
    "../store/module-folders.test.ts",
    "a manifest that asks for more %s than the ceiling",
  ],
  [
    "a manifest with a key twice",
    "../store/module-folders.test.ts",
    "a manifest with a duplicate key is refused",
  ],
  [
    "a symbolic link in a package",
    "../store/module-folders.test.ts",
    "a symbolic link in a package is refused",
  ],
  [
    "a path that leaves the package",
    "../store/module-folders.test.ts",
    "a manifest that names the path %j is refused",
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
