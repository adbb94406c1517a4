import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/protocol/codec.js";
import { CodecError } from "../../src/protocol/codec-error.js";

function travel<T>(value: T): T {
  const text = encode(value);
  expect(text).not.toMatch(/[\t\n\r]/);
  // What travels is UTF-8.
  return decode(Buffer.from(text, "utf8").toString("utf8")) as T;
}

function refusal(value: unknown): CodecError {
  try {
    encode(value);
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error("The value travelled.");
}

describe("what comes back as it left", () => {
  it.each([
    ["undefined", undefined],
    ["null", null],
    ["NaN", Number.NaN],
    ["-0", -0],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["an empty string", ""],
    ["tabs and line breaks", "a\tb\nc\r\n\u2028\u2029\0"],
    ["a lone surrogate", "a\ud800b"],
    ["a lone surrogate beside an undefined", ["😀\udc00", undefined, { "\ud800": 1n }]],
    ["a BigInt", 2n ** 200n],
    ["a Date", new Date(1234567890123)],
    ["an invalid Date", new Date(Number.NaN)],
    ["a RegExp", /a\/b"\n/giu],
    ["a URL", new URL("https://example.com/?a=b#c")],
    ["URLSearchParams", new URLSearchParams("a=1&a=2&b=%20")],
    ["a Map of Maps", new Map<unknown, unknown>([[new Map([[1, 2]]), new Set([undefined, -0])]])],
    ["a sparse array", Object.assign(new Array(9), { 1: "a", 3: undefined })],
    ["typed arrays", [new Float32Array([1.5, Number.NaN]), new Uint8ClampedArray([1, 255])]],
    ["64-bit arrays", [new BigInt64Array([-1n, 2n ** 62n]), new BigUint64Array([2n ** 64n - 1n])]],
    ["a DataView on a part of its buffer", new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
    ["an ArrayBuffer", new Uint8Array([1, 2, 3]).buffer],
    ["what begins like the codec's own mark", "~[1]"],
    ["boxed primitives", [Object(1n), Object("a"), Object(false)]],
  ])("%s", (_name, value) => {
    expect(travel(value)).toStrictEqual(value);
    expect(travel({ deep: [value] })).toStrictEqual({ deep: [value] });
  });

  it("a Buffer, as a Buffer and without its neighbours in the pool", () => {
    const secret = Buffer.from("secret");
    const buffer = Buffer.from("héllo");
    expect(secret.buffer).toBe(buffer.buffer);
    expect(encode(buffer).length).toBeLessThan(60);
    const back = travel([buffer, Buffer.alloc(0)]);
    expect(back.map(Buffer.isBuffer)).toEqual([true, true]);
    expect(back[0]!.toString()).toBe("héllo");
    expect(back[1]).toHaveLength(0);
  });

  it("cycles and shared parts", () => {
    const shared = { a: 1 };
    const value: Record<string, unknown> = { first: shared, second: shared, list: [shared] };
    value.self = value;
    value.map = new Map([[value, new Set([value])]]);
    const back = travel(value);
    expect(back.self).toBe(back);
    expect(back.first).toBe(back.second);
    expect((back.map as Map<unknown, Set<unknown>>).get(back)!.has(back)).toBe(true);
    const [one, two] = travel([shared, shared]);
    expect(one).toBe(two);
  });

  it("null-prototype objects and `__proto__` keys", () => {
    const bare = Object.assign(Object.create(null) as object, { a: undefined });
    expect(Object.getPrototypeOf(travel(bare))).toBeNull();
    for (const text of ['{"__proto__":{"x":1},"_":2}', '{"__proto__":1,"___proto__":{"__proto__":null}}']) {
      const value = JSON.parse(text) as Record<string, unknown>;
      for (const back of [travel(value), travel([value, undefined])[0] as typeof value]) {
        expect(JSON.stringify(back)).toBe(text);
        expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
      }
    }
    const bareProto = travel(
      Object.defineProperty(Object.create(null) as object, "__proto__", { value: 1n, enumerable: true }),
    );
    expect(Object.entries(bareProto)).toEqual([["__proto__", 1n]]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it("arrays with named properties", () => {
    const match = /(?<year>\d+)/.exec("in 2024")!;
    const back = travel(match);
    expect(Array.isArray(back)).toBe(true);
    expect([...back]).toEqual(["2024", "2024"]);
    expect(back.index).toBe(3);
    expect(back.groups).toEqual({ year: "2024" });
    const table = Object.assign([{ a: 1 }, { a: 2 }], { columns: ["a"] });
    expect(travel({ table }).table).toStrictEqual(table);
    const sparse = Object.assign(new Array(5), { last: true });
    expect(travel(sparse)).toHaveLength(5);
  });

  it("plain objects and arrays of another realm", () => {
    const value: unknown = runInNewContext("({ a: [1, new Map([[1, 2]])], e: new TypeError('x') })");
    const back = travel(value) as { a: unknown[]; e: unknown };
    expect(back.a).toStrictEqual([1, new Map([[1, 2]])]);
    expect(back.e).toBeInstanceOf(TypeError);
  });
});

describe("errors", () => {
  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])("%O", (Class) => {
    const error = new Class("it broke\tbadly");
    const back = travel(error);
    expect(Object.getPrototypeOf(back)).toBe(Class.prototype);
    expect(back.message).toBe(error.message);
    expect(back.stack).toBe(error.stack);
    expect(Object.getOwnPropertyNames(back).sort()).toEqual(Object.getOwnPropertyNames(error).sort());
    expect(Object.keys(back)).toEqual([]);
  });

  it("cause, own properties and AggregateError.errors", () => {
    const cause = Object.assign(new RangeError("inner"), { code: "EINNER", at: new Date(5) });
    const error = new AggregateError([new Error("one"), 2n], "outer", { cause });
    const back = travel(error);
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors[0]).toBeInstanceOf(Error);
    expect(back.errors[1]).toBe(2n);
    expect(back.cause).toBeInstanceOf(RangeError);
    expect(back.cause).toMatchObject({ message: "inner", code: "EINNER", at: new Date(5) });
    expect(Object.keys(back)).toEqual([]);
    expect(travel(Object.assign(new Error("x"), { errors: [1] }))).toHaveProperty("errors", [1]);
    expect(Object.hasOwn(travel(new Error("x", { cause: undefined })), "cause")).toBe(true);
  });

  it("classes of one's own come back as Error with their name", () => {
    class NotFound extends Error {}
    class Named extends TypeError {
      override readonly name = "NamedError";
      readonly status = 404;
    }
    const plain = travel(new NotFound("x"));
    expect(Object.getPrototypeOf(plain)).toBe(Error.prototype);
    expect(plain.name).toBe("NotFound");
    const named = travel(new Named("y"));
    expect(Object.getPrototypeOf(named)).toBe(TypeError.prototype);
    expect(named).toMatchObject({ name: "NamedError", status: 404, message: "y" });
    expect(travel(new DOMException("stop", "AbortError"))).toMatchObject({
      name: "AbortError",
      message: "stop",
    });
  });

  it("cycles through errors", () => {
    const error = new Error("loop") as Error & { list: unknown[] };
    error.cause = error;
    error.list = [{ error }];
    const back = travel({ error, again: error });
    expect(back.error.cause).toBe(back.error);
    expect(back.again).toBe(back.error);
    expect(back.error.list).toStrictEqual([{ error: back.error }]);
    const match = Object.assign([] as unknown[], { self: [] as unknown[] });
    match.self.push(match);
    const loop = travel(match);
    expect(loop.self[0]).toBe(loop);
  });
});

describe("what cannot travel is named with its path", () => {
  class Point {
    x = 1;
  }
  class Registry extends Map {}
  const unreadable = {
    get a() {
      throw new Error("no");
    },
  };
  const protoKey: unknown = JSON.parse('{"__proto__":1,"a":0}', (key, value) =>
    key === "a" ? new WeakSet() : value,
  );
  const cases: [() => unknown, string, RegExp][] = [
    [() => () => 1, "", /a function/],
    [() => ({ job: { done: function finish() {} } }), ".job.done", /the function finish/],
    [() => ({ rows: [1, 2, 3, { stream: new WeakMap() }] }), ".rows[3].stream", /WeakMap/],
    [() => [[Promise.resolve()]], "[0][0]", /a promise/],
    [() => ({ "a b": Symbol("s") }), '["a b"]', /a symbol/],
    [() => ({ point: new Point() }), ".point", /the class Point/],
    [() => new Map([["k", { f: Math.max }]]), '.get("k").f', /the function max/],
    [() => ({ registry: new Registry() }), ".registry", /the class Registry/],
    [() => Object.assign(new Error("x"), { request: { socket: new Point() } }), ".request.socket", /Point/],
    [() => new Error("x", { cause: [new Point()] }), ".cause[0]", /Point/],
    [() => Object.assign([1, () => 1], { name: "x" }), "[1]", /a function/],
    [() => protoKey, ".a", /WeakSet/],
    [() => ({ [Symbol.for("s")]: 1 }), "", /the key Symbol\(s\)/],
    [() => new Uint8Array(new SharedArrayBuffer(2)), "", /SharedArrayBuffer/],
    [() => unreadable, "", /unreadable \(no\)/],
    [() => ({ [Symbol.toStringTag]: "Map" }), "", /class Object/],
    [() => Object.create({ inherited: 1 }), "", /a prototype of its own/],
  ];
  it.each(cases)("case %#", (make, path, reason) => {
    const error = refusal(make());
    expect(error.path).toBe(path);
    expect(error.reason).toMatch(reason);
    expect(error.message).toContain(path);
  });

  it("also a value nested too deeply", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 200_000; depth++) value = [value];
    expect(refusal(value).reason).toMatch(/deeply/);
  });
});

describe("decode", () => {
  it.each([
    "",
    "~",
    "{",
    "~[]",
    "~[[5]]]",
    "~1",
    '~[["Error",0]]',
    '~[["Error",1],[]',
    '~[["Error",1],5]',
    '~[["Buffer",1],"x"]',
    '~[["Nothing",1],{}]',
    '~[["Uint8Array",1],[3]]',
    '~[{"__proto__":1},1]',
    '~[["ArrayWithProperties",1],{"length":2},-5]',
    '~[["constructor",1],"return process"]',
  ])("refuses %s with a plain error", (text) => {
    expect(() => decode(text)).toThrow("An encoded value is damaged.");
  });

  it("never does anything but give a value or a plain error", () => {
    const pieces = fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      '"Error"',
      '"Map"',
      '"Set"',
      '"Buffer"',
      ",",
      ":",
      "0",
      "1",
      "-7",
      '"a"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          decode(`~[${parts.join("")}]`);
        } catch (error) {
          expect((error as Error).message).toBe("An encoded value is damaged.");
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("any value", () => {
  it("of JSON's and JavaScript's kinds", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
      stringUnit: "binary",
    });
    fc.assert(
      fc.property(anything, (value) => void expect(travel(value)).toStrictEqual(value)),
      { numRuns: 2_000 },
    );
  });

  it("of JSON goes as JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes("-0"));
        const tree = JSON.parse(JSON.stringify(value)) as unknown;
        expect(encode(tree)).toBe(JSON.stringify(tree));
      }),
    );
  });

  it("of errors in errors", () => {
    const { error } = fc.letrec<{ error: Error; part: unknown }>((tie) => ({
      part: fc.oneof(
        { depthSize: "small" },
        fc.integer(),
        fc.bigInt(),
        tie("error"),
        fc.array(tie("part"), { maxLength: 3 }),
      ),
      error: fc
        .tuple(fc.constantFrom(Error, TypeError, RangeError), fc.string(), tie("part"), tie("part"))
        .map(([Class, message, cause, detail]) => Object.assign(new Class(message, { cause }), { detail })),
    }));
    fc.assert(fc.property(error, (value) => void expect(travel(value)).toStrictEqual(value)));
  });
});
