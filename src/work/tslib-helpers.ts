import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AnyNode, Program } from "acorn";
import { FunctionNotPortableError } from "../errors/index.js";
import { walkSyntax } from "./syntax-walk.js";

/** TypeScript's helpers as source text. */
export interface TslibHelpers {
  readonly names: ReadonlySet<string>;
  /** The declarations of these helpers and of what they use. */
  sourceOf(names: ReadonlySet<string>): string;
}

/** Reads the helpers from the package tslib, whose newest version is right for what any compiler wrote. */
export async function readTslibHelpers(acorn: typeof import("acorn")): Promise<TslibHelpers> {
  const text = await readTslib();
  const declarations = readDeclarations(
    acorn.parse(text, { ecmaVersion: "latest", sourceType: "module" }),
    text,
  );
  return {
    names: new Set(declarations.filter((entry) => entry.exported).map((entry) => entry.name)),
    sourceOf(names) {
      const wanted = new Set(names);
      // The set grows while it is walked, by what its members use.
      for (const name of wanted) {
        for (const used of declarations.find((entry) => entry.name === name)?.uses ?? []) wanted.add(used);
      }
      return declarations
        .filter((entry) => wanted.has(entry.name))
        .map((entry) => entry.text)
        .join("\n");
    },
  };
}

async function readTslib(): Promise<string> {
  try {
    return await readFile(createRequire(import.meta.url).resolve("tslib/tslib.es6.mjs"), "utf8");
  } catch (cause) {
    throw new FunctionNotPortableError(
      "The function uses helpers that TypeScript's compiler put into it, and the package tslib, which holds them, is not " +
        'there: install it, or compile for a newer "target".',
      { code: "FreeVariables", cause },
    );
  }
}

interface Declaration {
  readonly name: string;
  readonly exported: boolean;
  readonly text: string;
  /** Other declarations that it names. */
  readonly uses: readonly string[];
}

function readDeclarations(program: Program, text: string): Declaration[] {
  const found = program.body.flatMap((statement) => {
    const exported = statement.type === "ExportNamedDeclaration";
    const node = exported ? statement.declaration : statement;
    const name = node ? declaredName(node) : undefined;
    return node && name !== undefined ? [{ node, name, exported }] : [];
  });
  const names = new Set(found.map(({ name }) => name));
  return found.map(({ node, name, exported }) => ({
    name,
    exported,
    text: text.slice(node.start, node.end),
    uses: identifiersIn(node).filter((identifier) => identifier !== name && names.has(identifier)),
  }));
}

function declaredName(node: AnyNode): string | undefined {
  if (node.type === "FunctionDeclaration") return node.id?.name;
  if (node.type !== "VariableDeclaration") return undefined;
  const [declarator] = node.declarations;
  return declarator?.id.type === "Identifier" ? declarator.id.name : undefined;
}

function identifiersIn(node: AnyNode): string[] {
  const names = new Set<string>();
  walkSyntax(node, (below) => {
    if (below.type === "Identifier") names.add(below.name);
    return undefined;
  });
  return [...names];
}
