import { realpathSync } from "node:fs";
import { join, relative } from "node:path";
import type ts from "typescript";
import { ENTRY } from "../../domain/author/source.ts";
import type { TypeProblem } from "../../domain/author/tools.ts";
import { CliError } from "../../domain/error.ts";

async function compiler(): Promise<typeof ts> {
  try {
    return (await import("typescript")).default;
  } catch (cause) {
    throw new CliError(
      "author-tools-missing",
      "typescript, which checks modules, is not installed beside this command",
      "Install the command with its optional dependencies.",
      { cause },
    );
  }
}

/** Types as the guest has them: the language and nothing of Node or a browser. The author's own configuration changes nothing. */
function options(typescript: typeof ts): ts.CompilerOptions {
  return {
    target: typescript.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    types: [],
    module: typescript.ModuleKind.Preserve,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    customConditions: ["browser"],
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    skipLibCheck: true,
  };
}

let last: ts.Program | undefined;

/** What the compiler refuses in a module's own files. See `AuthorTools.types`. */
export async function types(folder: string): Promise<readonly TypeProblem[]> {
  const typescript = await compiler();
  const root = realpathSync(folder);
  const program = typescript.createProgram({
    rootNames: [join(root, ENTRY)],
    options: options(typescript),
    ...(last && { oldProgram: last }),
  });
  last = program;
  const own = (file: ts.SourceFile) => {
    const path = relative(root, file.fileName);
    return !path.startsWith("..") && !path.includes("node_modules") && !path.startsWith("vendor");
  };
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program
      .getSourceFiles()
      .filter(own)
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  return found.map(({ file, start, messageText }) => {
    const message = typescript.flattenDiagnosticMessageText(messageText, " ");
    if (file === undefined) return { at: ENTRY, message };
    const { line, character } = file.getLineAndCharacterOfPosition(start ?? 0);
    const path = relative(root, file.fileName).replaceAll("\\", "/");
    return { at: `${path}:${line + 1}:${character + 1}`, message };
  });
}
