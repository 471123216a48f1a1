import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { GOVERNING, govern } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil log policy <file>`: puts a C2SP tlog-policy in force, as a record. */
export function logPolicy({
  withDoor,
  quorumMode,
  readText,
}: Pick<Needs, "withDoor" | "quorumMode" | "readText">): Command {
  return {
    path: "log policy",
    action: "log-policy.change",
    group: "Administer",
    summary: "record who cosigns the log's checkpoints, and whether a write waits for them",
    arguments: [
      { usage: "<file>", summary: "a policy of C2SP tlog-policy, with the witnesses' submission URLs" },
    ],
    options: [
      {
        flags: "--wait-for <what>",
        summary: "what acknowledges a write (default durable)",
        choices: ["durable", "cosigned"],
      },
      {
        flags: "--timeout-ms <n>",
        summary: "how long a write waits for a quorum, 100 to 20000 (default 10000)",
      },
      ...GOVERNING,
    ],
    examples: ["log policy witnesses.txt --wait-for cosigned"],
    answer: ["sigilderg POST /v1/log/policy", PROPOSED],
    async run(input) {
      const policy = readText(input.argument("file"));
      if (policy.trim() === "")
        throw invalid("the policy is empty", "`quorum none` asks for no cosignature.");
      const request = {
        policy,
        acknowledge: input.option("waitFor") === "cosigned" ? ("cosigned" as const) : ("durable" as const),
        timeoutMs: input.count("timeoutMs", 100, 20_000) ?? 10_000,
      };
      return govern({ withDoor, quorumMode }, input, {
        action: "log-policy.change",
        request,
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/log/policy", { body: request });
          return { json: body, text: (style) => [`${style.good("in force")}  log policy ${body.id}`] };
        },
      });
    },
  };
}
