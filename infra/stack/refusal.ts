/** Why a stack is not built or not started: a fact, and what to do. */
export class StackError extends Error {
  readonly code: string;
  readonly remedy: string;
  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** Runs `main`; a refusal becomes one error with its remedy and exit code 2. */
export async function refusing(main: () => unknown): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    console.error(`error: ${error.code}: ${error.message}\nremedy: ${error.remedy}`);
    process.exitCode = 2;
  }
}
