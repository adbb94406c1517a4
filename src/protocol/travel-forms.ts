/*
 * Values that devalue does not know, or would lose a part of, travel as a plain object of their properties under a tag of
 * their own. Coming back, each is made empty first and filled once everything is there, so that cycles through it close.
 */

type Properties = Record<string, unknown>;

/** How one kind of value travels. */
export interface TravelForm {
  readonly tag: string;
  matches(value: object): boolean;
  take(value: object): Properties;
  make(): object;
  fill(made: object, properties: Properties): void;
}

const NEW_ERRORS: Readonly<Record<string, () => Error>> = {
  Error: () => new Error(),
  EvalError: () => new EvalError(),
  RangeError: () => new RangeError(),
  ReferenceError: () => new ReferenceError(),
  SyntaxError: () => new SyntaxError(),
  TypeError: () => new TypeError(),
  URIError: () => new URIError(),
  AggregateError: () => new AggregateError([]),
};

/** The properties of an error that are not enumerable where the language sets them. */
const HIDDEN = ["name", "message", "stack", "cause"];

function errorForm(tag: string): TravelForm {
  const hidden = tag === "AggregateError" ? [...HIDDEN, "errors"] : HIDDEN;
  return {
    tag,
    matches: (value) => isError(value) && errorClass(value) === tag,
    take: (value) => errorProperties(value as Error, hidden),
    make: NEW_ERRORS[tag]!,
    fill(made, properties) {
      delete (made as Error).stack;
      for (const [key, value] of Object.entries(properties)) {
        if (key === "name" && value === tag) continue;
        define(made, key, value, !hidden.includes(key));
      }
    },
  };
}

/** Also errors of another realm: those of a `vm` context, as test runners and notebooks use them. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    // A proxy that throws, or one that was revoked.
    return false;
  }
}

/** The name of the nearest built-in class that an error is an instance of. */
function errorClass(error: object): string {
  for (let link = Object.getPrototypeOf(error); link !== null; link = Object.getPrototypeOf(link)) {
    const name = ownConstructorName(link);
    if (name !== undefined && Object.hasOwn(NEW_ERRORS, name)) return name;
  }
  return "Error";
}

function errorProperties(error: Error, hidden: readonly string[]): Properties {
  const properties: Properties = {};
  const name = errorName(error);
  if (typeof name === "string") properties.name = name;
  if (typeof error.message === "string" && (error.message !== "" || Object.hasOwn(error, "message"))) {
    properties.message = error.message;
  }
  if (typeof error.stack === "string") properties.stack = error.stack;
  for (const key of ["cause", "errors"]) {
    if (hidden.includes(key) && Object.hasOwn(error, key)) properties[key] = error[key as keyof Error];
  }
  for (const key of Object.keys(error)) {
    if (key !== "__proto__" && !Object.hasOwn(properties, key)) properties[key] = error[key as keyof Error];
  }
  return properties;
}

/** The name of a class of one's own that did not set `name`, too: its instances come back without the class. */
export function errorName(error: Error): unknown {
  const { name } = error;
  if (Object.hasOwn(error, "name") || !Object.hasOwn(NEW_ERRORS, name)) return name;
  return ownConstructorName(Object.getPrototypeOf(error)) || name;
}

function ownConstructorName(prototype: object): string | undefined {
  if (!Object.hasOwn(prototype, "constructor") || typeof prototype.constructor !== "function")
    return undefined;
  return prototype.constructor.name;
}

const arrayWithProperties: TravelForm = {
  tag: "ArrayWithProperties",
  matches: (value) => Array.isArray(value) && hasNamedProperties(value),
  take(value) {
    const array = value as unknown[];
    return Object.assign({ length: array.length } as Properties, array);
  },
  make: () => [],
  fill(made, properties) {
    for (const [key, value] of Object.entries(properties)) define(made, key, value, key !== "length");
  },
};

function hasNamedProperties(array: readonly unknown[]): boolean {
  // The named properties follow the indices.
  const last = Object.keys(array).at(-1);
  return last !== undefined && String(Number(last) >>> 0) !== last;
}

/** `{ "__proto__": … }` as JSON.parse makes it: devalue refuses the key, so it travels with one more underscore. */
function protoKeyForm(tag: string, prototype: object | null): TravelForm {
  return {
    tag,
    matches: (value) => Object.hasOwn(value, "__proto__") && Object.getPrototypeOf(value) === prototype,
    take: (value) =>
      Object.fromEntries(Object.entries(value).map(([key, part]) => [key.replace(PROTO_KEY, "_$&"), part])),
    make: () => Object.create(prototype) as object,
    fill(made, properties) {
      for (const [key, value] of Object.entries(properties)) {
        define(
          made,
          key.replace(PROTO_KEY, (proto) => proto.slice(1)),
          value,
          true,
        );
      }
    },
  };
}

const PROTO_KEY = /^_+proto__$/;

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, {
    value,
    enumerable,
    writable: true,
    // An array's length is what it is.
    ...(Array.isArray(target) && key === "length" ? {} : { configurable: true }),
  });
}

export const TRAVEL_FORMS: readonly TravelForm[] = [
  ...Object.keys(NEW_ERRORS).map(errorForm),
  arrayWithProperties,
  protoKeyForm("ProtoKey", Object.prototype),
  protoKeyForm("NullProtoKey", null),
];
