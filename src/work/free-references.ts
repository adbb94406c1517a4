import type { AnyNode } from "acorn";
import { type FunctionSource, positionOf } from "./function-source.js";
import { NODE_GLOBALS } from "./node-globals.js";
import { walkSyntax } from "./syntax-walk.js";

type EslintScope = typeof import("eslint-scope");
type ScopeSyntax = Parameters<EslintScope["analyze"]>[0];

/** A place where a function uses a name that it does not declare and that Node.js does not know. */
export interface FreeReference {
  readonly name: string;
  /** `line:column` inside the function. */
  readonly position: string;
  /** The property read from it in the same breath: `sep` of `path.sep`. */
  readonly member?: string;
  /** Whether it is called, and with how many arguments. */
  readonly callArguments?: number;
}

/** All the uses of one name. */
export type FreeReferences = [FreeReference, ...FreeReference[]];

/** The names a function takes from where it was written, in order of appearance, with every place where it uses them. */
export function freeReferences(
  source: FunctionSource,
  eslintScope: EslintScope,
): Map<string, FreeReferences> {
  const parents = new Map<unknown, AnyNode>();
  const found: { start: number; reference: FreeReference }[] = [];
  walkSyntax(source.program, (node, [parent]) => {
    if (parent) parents.set(node, parent);
    if (node.type === "MetaProperty" && node.meta.name === "import") {
      found.push({ start: node.start, reference: { name: "import.meta", position: positionOf(node) } });
    }
    return undefined;
  });

  for (const { identifier } of globalScope(source, eslintScope).through) {
    if (NODE_GLOBALS.has(identifier.name)) continue;
    const parent = parents.get(identifier);
    if (parent?.type === "UnaryExpression" && parent.operator === "typeof") continue; // never fails, whatever it names
    const start = (identifier as unknown as { start: number }).start;
    found.push({ start, reference: describeUse(identifier, parent) });
  }

  const byName = new Map<string, FreeReferences>();
  for (const { reference } of found.sort((a, b) => a.start - b.start)) {
    const known = byName.get(reference.name);
    if (known) known.push(reference);
    else byName.set(reference.name, [reference]);
  }
  return byName;
}

/** Where an arrow function uses what belongs to the function around it: `this`, `arguments`, `super`, `new.target`. */
export function outerContextUse(source: FunctionSource): { word: string; position: string } | undefined {
  if (source.node.type !== "ArrowFunctionExpression") return undefined;
  let use: { word: string; position: string } | undefined;
  walkSyntax(source.node, (node, [parent]) => {
    if (use || hasOwnContext(node, parent)) return false;
    const word = contextWord(node, parent);
    if (word) use = { word, position: positionOf(node) };
    return undefined;
  });
  return use;
}

function globalScope(source: FunctionSource, eslintScope: EslintScope) {
  const scopes = eslintScope.analyze(source.program as unknown as ScopeSyntax, {
    ecmaVersion: 2026,
    sourceType: "module",
    ignoreEval: true, // else nothing around an eval() is known for sure, and every name would be free
    // Its own table of syntax lacks the second argument of import().
    childVisitorKeys: { ImportExpression: ["source", "options"] },
    fallback: "iteration",
  });
  const [outermost] = scopes.scopes;
  if (!outermost) throw new Error("The scope analysis found no scope.");
  return outermost;
}

function describeUse(
  identifier: { name: string; loc?: { start: { line: number; column: number } } | null },
  parent: AnyNode | undefined,
): FreeReference {
  const use = { name: identifier.name, position: positionOf(identifier) };
  if (parent?.type === "MemberExpression" && parent.object === (identifier as unknown) && !parent.computed) {
    return parent.property.type === "Identifier" ? { ...use, member: parent.property.name } : use;
  }
  if (parent?.type === "CallExpression" && parent.callee === (identifier as unknown)) {
    return { ...use, callArguments: parent.arguments.length };
  }
  return use;
}

/** Whether `this` and `arguments` mean something else inside of `node` than around it. */
function hasOwnContext(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (
    node.type === "FunctionExpression" ||
    node.type === "FunctionDeclaration" ||
    node.type === "StaticBlock"
  ) {
    return true;
  }
  return parent?.type === "PropertyDefinition" && parent.value === node;
}

function contextWord(node: AnyNode, parent: AnyNode | undefined): string | undefined {
  if (node.type === "ThisExpression") return "this";
  if (node.type === "Super") return "super";
  if (node.type === "MetaProperty" && node.meta.name === "new") return "new.target";
  if (node.type !== "Identifier" || node.name !== "arguments") return undefined;
  const isProperty =
    (parent?.type === "MemberExpression" && parent.property === node && !parent.computed) ||
    (parent?.type === "Property" && parent.key === node && !parent.computed && !parent.shorthand) ||
    ((parent?.type === "MethodDefinition" || parent?.type === "PropertyDefinition") &&
      parent.key === node &&
      !parent.computed);
  return isProperty ? undefined : "arguments";
}
