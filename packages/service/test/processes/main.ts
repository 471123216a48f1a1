// A service's main as a process of its own; the argument says how it ends.
import { Hono } from "hono";
import { ServiceError } from "../../src/error.ts";
import { createLogger } from "../../src/logger.ts";
import { runMain } from "../../src/main.ts";
import { serve } from "../../src/serve.ts";

const logger = createLogger({ service: "test", level: "info" });
const service = { name: "mmf", app: new Hono(), instance: "test", logger, assertComplete() {}, drain() {} };

await runMain(async () => {
  switch (process.argv[2]) {
    case "serve":
      await serve({ service: service as never, host: "127.0.0.1", port: 0 });
      break;
    case "log": {
      // Without end; standard error says how many lines there are.
      let line = 0;
      setInterval(() => {
        for (let n = 0; n < 50; n += 1) logger.info({ line: line++ }, "x".repeat(1000));
        process.stderr.write(`${line}\n`);
      }, 5);
      break;
    }
    case "crash":
      setTimeout(() => {
        throw new Error("unforeseen");
      }, 10);
      break;
    default:
      throw new ServiceError("port-busy", "7400 is taken", "Stop the other one.");
  }
});
