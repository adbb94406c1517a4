import { FunctionNotPortableError } from "../errors/index.js";
import { PREPARED } from "../protocol/task-settings.js";
import { preludeFor } from "./compiler-helpers.js";
import {
  type FreeReference,
  type FreeReferences,
  freeReferences,
  outerContextUse,
} from "./free-references.js";
import { type FunctionSource, readFunction } from "./function-source.js";
import type { PreparedWork } from "./prepared-work.js";
import { readTslibHelpers } from "./tslib-helpers.js";

/** A plain function, shipped by its source: a module whose default export it is. */
export async function prepareFunction(work: object): Promise<PreparedWork> {
  const content = await moduleOf(work);
  return {
    kind: "function",
    files: [{ name: PREPARED.work, source: { content } }],
    toWire: (item) => item,
    fromWire: (value) => value,
  };
}

/** The module's text. It rejects where the function would mean something else, or nothing, on another computer. */
export async function moduleOf(work: object): Promise<string> {
  // Loaded here, because whoever runs commands alone need not wait for a parser.
  const [acorn, eslintScope] = await Promise.all([import("acorn"), import("eslint-scope")]);
  const source = readFunction(work, acorn);

  const outer = outerContextUse(source);
  if (outer) throw usesOuterContext(source, outer);
  const prelude = await preludeFor(freeReferences(source, eslintScope), () => readTslibHelpers(acorn));
  if (prelude.free.size > 0) throw hasFreeVariables(source, prelude.free);

  const before = prelude.text === "" ? "" : `${prelude.text}\n`;
  return `${before}export default (${source.text}\n);\n`;
}

function usesOuterContext(source: FunctionSource, use: { word: string; position: string }): Error {
  return new FunctionNotPortableError(
    `${source.title} is an arrow function that uses \`${use.word}\` (${use.position}) of the place where it was written, ` +
      "which stays here. Pass what it needs with the option `shared`.",
    { code: "UsesThis" },
  );
}

function hasFreeVariables(source: FunctionSource, free: ReadonlyMap<string, FreeReferences>): Error {
  const variables = [...free.values()].flatMap(variablesOf);
  const list = variables.map(({ name, note, position }) => `${name} (${note ? `${note}, ` : ""}${position})`);
  const are = variables.length === 1 ? "a variable that stays" : "variables that stay";
  return new FunctionNotPortableError(
    `${source.title} uses ${are} where it was written: ${list.join(", ")}. Pass values with the option \`shared\` ` +
      "(the function gets them as `ctx.shared`), load modules inside the function with `await import()`, or put " +
      "the function into a module of your own and run that with `fromModule()`.",
    { code: "FreeVariables", variables: variables.map(({ name }) => name) },
  );
}

/** A variable by the name its author gave it, as far as that can be told, and where it is first used. */
interface Variable {
  readonly name: string;
  readonly note?: string;
  readonly position: string;
}

/** What Vitest makes of an imported module; TypeScript and esbuild make such names of it where they write CommonJS. */
const VITE_IMPORT = /^__vi(te_ssr)?_import_\d+__$/;
const COMMONJS_IMPORT = /^(\w+_\d+|import_\w+)$/;

function variablesOf(uses: FreeReferences): Variable[] {
  const [{ name, position, member, callArguments }] = uses;
  if (name === "import.meta" || name === "__vite_ssr_import_meta__") {
    return [{ name: "import.meta", note: "the module it was written in", position }];
  }
  if (VITE_IMPORT.test(name)) return membersOf(uses, () => "imported binding");
  if (member !== undefined && COMMONJS_IMPORT.test(name)) {
    return membersOf(uses, (use) => `imported binding ${name}.${use}`);
  }
  if (member !== undefined && name === "exports") return membersOf(uses, () => "exported binding");
  if (callArguments === 2 && name.length <= 2)
    return [{ name, note: "perhaps a bundler's helper", position }];
  return [{ name, position }];
}

function membersOf(uses: readonly FreeReference[], note: (member: string) => string): Variable[] {
  const byName = new Map<string, Variable>();
  for (const { name, member = name, position } of uses) {
    if (!byName.has(member)) byName.set(member, { name: member, note: note(member), position });
  }
  return [...byName.values()];
}
