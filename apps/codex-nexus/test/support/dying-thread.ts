// Loaded with --import into the program and its threads. In the thread that is named, every life ends at its N-th message:
// before it is looked at, inside its transaction, or when it is done and not yet said to be.
import { isMainThread, parentPort, threadName } from "node:worker_threads";
import Database from "better-sqlite3";

const [thread, moment, batches] = (process.env.THREAD_DIES ?? "").split(":");
const STATEMENTS = 3;

if (!isMainThread && threadName === thread && parentPort !== null) {
  const port = parentPort;
  const last = Number(batches);
  let batch = 0;
  let statement = 0;
  const dies = (at: string) => {
    if (moment === at && batch === last) process.exit(1);
  };
  const on = port.on.bind(port);
  port.on = ((name: string, listener: (message: unknown) => void) =>
    on(name, (message: unknown) => {
      batch += 1;
      statement = 0;
      dies("before");
      listener(message);
    })) as typeof port.on;
  const post = port.postMessage.bind(port);
  port.postMessage = (answer: unknown, moved?: Parameters<typeof port.postMessage>[1]) => {
    dies("after");
    post(answer, moved);
  };
  const memory = new Database(":memory:");
  const statements = Object.getPrototypeOf(memory.prepare("SELECT 1")) as Database.Statement;
  memory.close();
  const { run } = statements;
  statements.run = function (this: Database.Statement, ...values: unknown[]) {
    statement += 1;
    if (statement === STATEMENTS) dies("inside");
    return run.apply(this, values);
  };
}
