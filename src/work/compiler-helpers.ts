import type { FreeReference, FreeReferences } from "./free-references.js";
import type { TslibHelpers } from "./tslib-helpers.js";

/*
 * Compilers, bundlers and test runners write names into a function that its author never wrote. Those that mean the same
 * everywhere travel with the function, as declarations before it.
 */

const REQUIRE = `import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);`;

/** The helpers of esbuild (and of what is built on it), by their names before a minifier changes them. */
const ESBUILD: Readonly<Record<string, string>> = {
  __name: `const __name = (target, value) => Object.defineProperty(target, "name", { value, configurable: true });`,
  __async: `const __async = (self, args, generator) => new Promise((resolve, reject) => {
  const steps = generator.apply(self, args);
  const step = (method, value) => {
    try {
      const { done, value: next } = steps[method](value);
      if (done) resolve(next);
      else Promise.resolve(next).then((result) => step("next", result), (error) => step("throw", error));
    } catch (error) {
      reject(error);
    }
  };
  step("next");
});`,
  __spreadValues: `const __spreadValues = (target, source) =>
  Object.defineProperties(target, Object.getOwnPropertyDescriptors({ ...source }));`,
  __spreadProps: `const __spreadProps = (target, source) =>
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(source));`,
  __objRest: `const __objRest = (source, exclude) => {
  const rest = { ...source };
  for (const key of exclude) delete rest[key];
  return rest;
};`,
  __restKey: `const __restKey = (key) => (typeof key === "symbol" ? key : String(key));`,
  __pow: "const __pow = Math.pow;",
  __publicField: `const __publicField = (object, key, value) => {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return value;
};`,
  __privateAdd: `const __privateAdd = (object, member, value) =>
  member instanceof WeakSet ? member.add(object) : member.set(object, value);`,
  __privateIn: "const __privateIn = (member, object) => member.has(object);",
  __privateGet: `const __privateGet = (object, member, getter) => {
  if (!member.has(object)) throw new TypeError("Cannot read from private field");
  return getter ? getter.call(object) : member.get(object);
};`,
  __privateSet: `const __privateSet = (object, member, value, setter) => {
  if (!member.has(object)) throw new TypeError("Cannot write to private field");
  if (setter) setter.call(object, value);
  else member.set(object, value);
  return value;
};`,
  __privateWrapper: `const __privateWrapper = (object, member, setter, getter) => ({
  get _() { return getter ? getter.call(object) : member.get(object); },
  set _(value) { setter ? setter.call(object, value) : member.set(object, value); },
});`,
  __privateMethod: `const __privateMethod = (object, member, method) => {
  if (!member.has(object)) throw new TypeError("Cannot access private method");
  return method;
};`,
  __using: `const __using = (stack, value, isAsync) => {
  if (value == null) {
    if (isAsync) stack.push({ isAsync, dispose: () => undefined });
    return value;
  }
  const method = (isAsync && value[Symbol.asyncDispose]) || value[Symbol.dispose];
  if (typeof method !== "function") throw new TypeError("Object not disposable");
  stack.push({ isAsync, dispose: () => method.call(value) });
  return value;
};`,
  __callDispose: `const __callDispose = (stack, error, hasError) => {
  const fail = (next) => {
    if (hasError && typeof SuppressedError === "function") next = new SuppressedError(next, error, "An error was suppressed during disposal");
    else if (hasError) next = Object.assign(new Error("An error was suppressed during disposal"), { name: "SuppressedError", error: next, suppressed: error });
    error = next;
    hasError = true;
  };
  const disposeNext = () => {
    for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
      try {
        const result = entry.dispose();
        if (entry.isAsync) return Promise.resolve(result).catch(fail).then(disposeNext);
      } catch (thrown) {
        fail(thrown);
      }
    }
    if (hasError) throw error;
  };
  return disposeNext();
};`,
  __toESM: `const __toESM = (module, isNodeMode) => {
  const result = module == null ? {} : Object.create(Object.getPrototypeOf(module));
  if (isNodeMode || !module || !module.__esModule) Object.defineProperty(result, "default", { value: module, enumerable: true });
  for (const key of Object.getOwnPropertyNames(module ?? {})) {
    if (!Object.hasOwn(result, key)) Object.defineProperty(result, key, { get: () => module[key], enumerable: true });
  }
  return result;
};`,
};

/** Counters that take every count and keep none. */
const COVERAGE = `const __counters = new Proxy({}, { get: () => 0, set: () => true });
const __branches = new Proxy({}, { get: () => __counters });
const __coverage = Object.assign(() => __coverage, { f: __counters, s: __counters, b: __branches, bT: __branches });`;

/** What is written before the function, and which names stay free. */
export interface Prelude {
  readonly text: string;
  readonly free: ReadonlyMap<string, FreeReferences>;
}

/** Declares those of the free names that are known to be injected. */
export async function preludeFor(
  references: ReadonlyMap<string, FreeReferences>,
  readTslib: () => Promise<TslibHelpers>,
): Promise<Prelude> {
  const texts = new Set<string>();
  const fromTslib = new Set<string>();
  const free = new Map<string, FreeReferences>();
  const mayBeTslib = [...references].some(([name, uses]) =>
    [name, ...uses.map((use) => use.member)].some((word) => word?.startsWith("__") && !KNOWN.test(word)),
  );
  const tslib = mayBeTslib ? await readTslib() : NO_TSLIB;

  for (const [name, uses] of references) {
    const members = helperMembers(uses, tslib);
    if (name === "require") texts.add(REQUIRE);
    else if (name === "__require") texts.add(REQUIRE).add("const __require = require;");
    else if (name === "__vite_ssr_dynamic_import__") {
      texts.add("const __vite_ssr_dynamic_import__ = (specifier) => import(specifier);");
    } else if (/^templateObject_\d+$/.test(name)) {
      texts.add(`let ${name};`); // what a tagged template remembers from one call to the next
    } else if (isCoverage(name, uses)) texts.add(COVERAGE).add(`const ${name} = __coverage;`);
    else if (Object.hasOwn(ESBUILD, name)) texts.add(ESBUILD[name] ?? "");
    else if (tslib.names.has(name)) fromTslib.add(name);
    else if (members) {
      for (const member of members) fromTslib.add(member);
      texts.add(`const ${name} = { ${[...members].join(", ")} };`);
    } else free.set(name, uses);
  }
  return { text: [tslib.sourceOf(fromTslib), ...texts].filter((text) => text !== "").join("\n"), free };
}

const NO_TSLIB: TslibHelpers = { names: new Set(), sourceOf: () => "" };

/** Names with two underscores that are certainly none of TypeScript's. */
const KNOWN = new RegExp(`^(__vi.*|__require|${Object.keys(ESBUILD).join("|")})$`);

/** The helpers read from `tslib_1` or whatever a compiler called it, where it is used for nothing else. */
function helperMembers(uses: readonly FreeReference[], tslib: TslibHelpers): Set<string> | undefined {
  const members = new Set<string>();
  for (const { member } of uses) {
    if (member === undefined || !tslib.names.has(member)) return undefined;
    members.add(member);
  }
  return members;
}

/** The counters of Istanbul, which test runners put at every statement. */
function isCoverage(name: string, uses: readonly FreeReference[]): boolean {
  if (!/^cov_[0-9a-z]+$/i.test(name)) return false;
  return uses.every((use) => use.callArguments === 0 || use.member !== undefined);
}
