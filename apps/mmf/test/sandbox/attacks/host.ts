import { type Attack, never } from "./attack.ts";

/** Attacks on the host calls, and what happens to a run from outside. */
export const HOST: readonly Attack[] = [
  { title: "a flood of host calls", code: "for (;;) await ctx.memory.list()", ends: "calls-limit" },
  {
    title: "a flood of host calls that catches its refusals",
    code: "for (;;) try { await ctx.memory.list() } catch {}",
    ends: "calls-limit",
  },
  {
    title: "a flood of host calls without await",
    code: "for (let i = 0; i < 100000; i++) ctx.memory.list(); return 1",
    ends: "calls-limit",
  },
  {
    title: "a huge argument",
    code: "await ctx.memory.write({ text: 'x'.repeat(65536) })",
    ends: "argument-too-large",
  },
  {
    title: "an argument that is huge in bytes only",
    code: "await ctx.memory.write({ text: '€'.repeat(22000) })",
    ends: "argument-too-large",
  },
  {
    title: "a huge argument whose refusal is caught",
    code: "try { await ctx.memory.write({ text: 'x'.repeat(65536) }) } catch {} return 1",
    ends: "argument-too-large",
  },
  {
    title: "an argument that is not JSON",
    code: "await ctx.memory.write({ text: 1n })",
    ends: "guest-error",
  },
  {
    title: "an argument deeper than a record may be",
    code: "let a = 1; for (let i = 0; i < 40; i++) a = [a]; try { await ctx.memory.write(a) } catch (e) { return e.code }",
    ends: "done",
    output: "argument-invalid",
  },
  {
    title: "an argument with a lone surrogate",
    code: "try { await ctx.memory.write({ text: '\\udfff' }) } catch (e) { return e.code }",
    ends: "done",
    output: "argument-invalid",
  },
  {
    title: "a call that the manifest does not declare",
    code: "try { await ctx.canon.read({ id: 'x' }) } catch (e) { return e.code }",
    ends: "done",
    output: "capability-denied",
  },
  {
    title: "calls whose account outgrows its record",
    code: "for (let i = 0; i < 64; i++) await ctx.memory.list({ big: true }); return { done: true }",
    ends: "calls-too-large",
    host: async () => ({ text: "x".repeat(70_000) }),
  },
  {
    title: "work after the end",
    code: "ctx.memory.write({ text: 'late' }); return 1",
    ends: "pending-calls",
    host: never,
  },
  {
    title: "work after the end, from a microtask",
    code: "queueMicrotask(() => ctx.memory.write({ text: 'late' })); return 1",
    ends: "pending-calls",
    host: never,
  },
  {
    title: "a secret of a host call in an error",
    code: "const { secret } = await ctx.memory.list(); throw new Error(secret)",
    ends: "guest-error",
    host: async () => ({ secret: "hunter2" }),
  },
  {
    title: "a caller that goes away while its run waits",
    code: "await ctx.memory.list()",
    ends: "cancelled",
    runner: "killed",
    callerLeaves: true,
    host: never,
  },
  {
    title: "a runner that dies in the middle of a run",
    code: "await ctx.memory.list()",
    ends: "runner-crashed",
    runner: "killed",
    host: (runners) => {
      for (const pid of runners) process.kill(pid, "SIGKILL");
      return never();
    },
  },
];
