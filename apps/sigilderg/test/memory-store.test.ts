import { generateSeed, signingKey } from "@sigil/crypto";
import { MemoryStore } from "./memory-store.ts";
import { storeSuite } from "./store-suite.ts";

storeSuite("in memory", async () => new MemoryStore(signingKey(generateSeed())));
