// The API reference: docs/reference/openapi-<service>.json from the routes, api-<package>.md from the docstrings. `node infra/checks/api.ts` fails when a page is
// stale; with `--write` it writes them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { lint, openApiFiles } from "./openapi.ts";

const root = join(import.meta.dirname, "../..");
const PACKAGES = ["crypto", "canon"] as const;

/** Comments keep their meaning as Markdown: a link to a name becomes the name. */
const prose = (parts: readonly ts.SymbolDisplayPart[]) =>
  ts
    .displayPartsToString([...parts])
    .replace(/\{@link (\S+?)\}/g, "`$1`")
    .replace(/\s*\n\s*/g, " ")
    .trim();

/** One page: every name of every entry, those of the main entry first and each once. */
export class Reference {
  readonly #checker: ts.TypeChecker;
  readonly #program: ts.Program;

  constructor(entries: readonly string[]) {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
    this.#program = ts.createProgram(entries, { ...options, noEmit: true });
    this.#checker = this.#program.getTypeChecker();
  }

  /** The exported names of a file, sorted, each resolved to what it stands for. */
  exportsOf(file: string): { name: string; symbol: ts.Symbol }[] {
    const source = this.#program.getSourceFile(file);
    const module = source && this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`api: ${file} is no module`);
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => ({
        name: symbol.name,
        symbol: symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The docstring; what is taken out of an object by name has the docstring of its property. */
  docOf(symbol: ts.Symbol): string {
    const own = prose(symbol.getDocumentationComment(this.#checker));
    if (own !== "") return own;
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined) return "";
    let property: ts.Symbol | undefined;
    if (ts.isBindingElement(declaration)) {
      const from = this.#checker.getTypeAtLocation(declaration.parent);
      property = from.getProperty((declaration.propertyName ?? declaration.name).getText());
    } else if (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined) {
      property = this.#checker.getSymbolAtLocation(
        ts.isPropertyAccessExpression(declaration.initializer)
          ? declaration.initializer.name
          : declaration.initializer,
      );
    }
    if (property === undefined) return "";
    const doc = prose(property.getDocumentationComment(this.#checker));
    const alias = this.#checker.getTypeOfSymbol(property).aliasSymbol;
    return doc === "" && alias !== undefined ? prose(alias.getDocumentationComment(this.#checker)) : doc;
  }

  #type(type: ts.Type, at: ts.Node): string {
    const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
    return withoutImports(this.#checker.typeToString(type, at, flags));
  }

  /** The declaration as a reader would write it, without bodies and without private members. */
  declarationOf(name: string, symbol: ts.Symbol): string {
    // A name may be a type and a value: the value says more.
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0];
    if (declaration === undefined) throw new Error(`api: ${name} has no declaration`);
    if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration))
      return withoutExport(declaration.getText());
    if (ts.isClassDeclaration(declaration)) return this.#classOf(name, declaration);
    const type = this.#checker.getTypeOfSymbolAtLocation(symbol, declaration);
    const calls = type.getCallSignatures();
    if (calls.length === 0 || type.getConstructSignatures().length > 0)
      return `const ${name}: ${this.#type(type, declaration)}`;
    const flags = ts.TypeFormatFlags.NoTruncation;
    return calls
      .map(
        (call) =>
          `function ${name}${withoutImports(this.#checker.signatureToString(call, declaration, flags))}`,
      )
      .join("\n");
  }

  #classOf(name: string, declaration: ts.ClassDeclaration): string {
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    const members = declaration.members.flatMap((member) => {
      const isHidden =
        (ts.getCombinedModifierFlags(member) & hidden) !== 0 ||
        (member.name !== undefined &&
          (ts.isPrivateIdentifier(member.name) || ts.isComputedPropertyName(member.name)));
      if (isHidden) return [];
      const body = "body" in member ? (member.body as ts.Node | undefined) : undefined;
      const text =
        body === undefined
          ? member.getText()
          : member.getText().slice(0, body.getStart() - member.getStart());
      const doc = prose(
        (member.name &&
          this.#checker.getSymbolAtLocation(member.name)?.getDocumentationComment(this.#checker)) ??
          [],
      );
      return [...(doc === "" ? [] : [`  /** ${doc} */`]), `  ${text.trim().replace(/;$/, "")};`];
    });
    const heritage = declaration.heritageClauses?.map((clause) => ` ${clause.getText()}`).join("") ?? "";
    return [`class ${name}${heritage} {`, ...members, "}"].join("\n");
  }
}

function withoutImports(text: string): string {
  return text.replace(/import\("[^"]*"\)\./g, "");
}

function withoutExport(text: string): string {
  return text.replace(/^export (declare )?/, "");
}

/** The page of a package. Throws when a public name has no docstring. */
export function page(name: string): string {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  const entries = Object.entries(manifest.exports as Record<string, string>).map(([entry, file]) => ({
    entry: `@sigil/${name}${entry.slice(1)}`,
    file: join(root, "packages", name, file),
  }));
  const reference = new Reference(entries.map(({ file }) => file));
  const lines = [
    `# @sigil/${name}`,
    "",
    `${manifest.description} Generated from the docstrings by \`npm run api\`.`,
  ];
  const seen = new Map<string, string>();
  const bare: string[] = [];
  for (const { entry, file } of entries) {
    const all = reference.exportsOf(file);
    const fresh = all.filter((each) => !seen.has(each.name));
    const also = all.filter((each) => seen.has(each.name)).map((each) => `\`${each.name}\``);
    lines.push("", `## ${entry}`);
    if (also.length > 0) lines.push("", `As above: ${also.join(", ")}.`);
    for (const { name: exported, symbol } of fresh) {
      seen.set(exported, entry);
      const doc = reference.docOf(symbol);
      if (doc === "") bare.push(`${entry} ${exported}`);
      lines.push(
        "",
        `### ${exported}`,
        "",
        doc,
        "",
        "```ts",
        reference.declarationOf(exported, symbol),
        "```",
      );
    }
  }
  if (bare.length > 0) throw new Error(`api: no docstring: ${bare.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

if (import.meta.filename === process.argv[1]) {
  const settle = (name: string, text: string) => {
    const file = join(root, "docs/reference", name);
    const stale = !existsSync(file) || readFileSync(file, "utf8") !== text;
    if (stale && process.argv[2] === "--write") writeFileSync(file, text);
    else if (stale) {
      console.error(`docs/reference/${name} is stale; run: npm run api`);
      process.exitCode = 1;
    }
  };
  for (const { name, text } of openApiFiles()) {
    settle(name, text);
    const findings = await lint(text);
    for (const finding of findings) console.error(`docs/reference/${name}: ${finding}`);
    if (findings.length > 0) process.exitCode = 1;
    console.log(
      `api: ${name}, ${Object.keys(JSON.parse(text).paths).length} paths, ${findings.length} findings`,
    );
  }
  for (const name of PACKAGES) {
    const text = page(name);
    settle(`api-${name}.md`, text);
    console.log(`api: ${name}, ${text.match(/^### /gm)?.length ?? 0} names`);
  }
}
