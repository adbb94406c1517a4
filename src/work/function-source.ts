import type { ArrowFunctionExpression, FunctionExpression, Options, Program } from "acorn";
import { FunctionNotPortableError, InvalidArgumentError } from "../errors/index.js";

type Acorn = typeof import("acorn");

/** A function's source, parsed. */
export interface FunctionSource {
  readonly text: string;
  /** A program that holds the function inside another one, so that its outer `this` and `arguments` can be told. */
  readonly program: Program;
  readonly node: ArrowFunctionExpression | FunctionExpression;
  /** How messages call it: `The function "scale"`. */
  readonly title: string;
}

/** The function starts on the line after the one of this text. */
const BEFORE = "(function () { return (\n";
const AFTER = "\n); })";

const SYNTAX: Options = {
  ecmaVersion: "latest",
  // What is shipped is a module: strict, as almost every function is where it was written.
  sourceType: "module",
  allowSuperOutsideMethod: true,
  locations: true,
  ranges: true, // the scope analysis reads them
};

/** Reads and parses a function's source. It throws where there is no source that means the same elsewhere. */
export function readFunction(work: object, acorn: Acorn): FunctionSource {
  const text = Function.prototype.toString.call(work);
  const title = titleOf(work);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) throw withoutSource(work, title);

  const program = parse(acorn, BEFORE + text + AFTER);
  if (program instanceof SyntaxError) throw methodOrUnreadable(acorn, text, title, program);
  const node = onlyExpression(program);
  if (node?.type === "ClassExpression") throw isClass(title);
  if (node?.type !== "ArrowFunctionExpression" && node?.type !== "FunctionExpression") {
    throw unreadable(title, "it is not one function");
  }
  if (node.generator) {
    throw new InvalidArgumentError(
      `${title} is a generator: what it returns cannot travel. Return an array of what it yields instead.`,
      { option: "work" },
    );
  }
  return { text, program, node, title };
}

/** Where a node of the program is inside the function: `line:column`, both from 1. */
export function positionOf(node: { loc?: { start: { line: number; column: number } } | null }): string {
  const start = node.loc?.start;
  return start ? `${start.line - 1}:${start.column + 1}` : "?";
}

function titleOf(work: object): string {
  const name = nameOf(work).replace(/^bound /, "");
  return name === "" ? "The function" : `The function "${name}"`;
}

/** Its name as a plain property; a class may have made a method of it. */
function nameOf(work: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(work, "name")?.value;
  return typeof name === "string" ? name : "";
}

function parse(acorn: Acorn, text: string, more?: Partial<Options>): Program | SyntaxError {
  try {
    return acorn.parse(text, { ...SYNTAX, ...more });
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

function onlyExpression(program: Program) {
  const [statement, ...more] = program.body;
  if (more.length > 0 || statement?.type !== "ExpressionStatement") return undefined;
  const outer = statement.expression;
  if (outer.type !== "FunctionExpression" || outer.body.body.length !== 1) return undefined;
  const [returned] = outer.body.body;
  return returned?.type === "ReturnStatement" ? returned.argument : undefined;
}

function withoutSource(work: object, title: string): FunctionNotPortableError {
  if (nameOf(work).startsWith("bound ")) {
    return new FunctionNotPortableError(
      `${title} was made by bind(): what it is bound to stays here. Write a function that takes the item, and pass what it ` +
        "needs with the option `shared`.",
      { code: "BoundFunction" },
    );
  }
  return new FunctionNotPortableError(
    `${title} is built in, so it has no source to ship. Write a function that calls it, such as (item) => Math.sqrt(item).`,
    { code: "NativeFunction" },
  );
}

/** What is no expression by itself may be one member of an object or a class. */
function methodOrUnreadable(acorn: Acorn, text: string, title: string, error: SyntaxError): Error {
  for (const holder of [`({\n${text}\n})`, `(class {\n${text}\n})`]) {
    const isMember = !(parse(acorn, holder, { checkPrivateFields: false }) instanceof SyntaxError);
    if (isMember) return needsItsObject(title);
  }
  return unreadable(title, error.message.replace(/ \(\d+:\d+\)$/, ""), error);
}

function needsItsObject(title: string): FunctionNotPortableError {
  return new FunctionNotPortableError(
    `${title} is a method or an accessor, and the object it belongs to does not travel. Write it as a function, (item) => …, and pass what it ` +
      "needs with the option `shared`.",
    { code: "MethodFunction" },
  );
}

function isClass(title: string): FunctionNotPortableError {
  return new FunctionNotPortableError(
    `${title} is a class, which cannot be called. Write a function, (item) => …, and declare the class inside of it.`,
    { code: "MethodFunction" },
  );
}

function unreadable(title: string, reason: string, cause?: SyntaxError): FunctionNotPortableError {
  const at = (cause as { loc?: { line: number; column: number } } | undefined)?.loc;
  const where = at ? ` at ${positionOf({ loc: { start: at } })}` : "";
  return new FunctionNotPortableError(
    `${title} has a source that cannot be read as JavaScript in strict mode${where}: ${reason}.`,
    { code: "UnreadableSource", cause },
  );
}
