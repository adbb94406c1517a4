import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metricNames } from "../../../src/autoscale/metrics.js";
import { checkFormula, evaluate } from "../../../src/emulator/autoscale/evaluate.js";

const environment = {
  now: Date.parse("2024-01-01T12:00:00Z"),
  targetDedicatedNodes: 1,
  targetLowPriorityNodes: 2,
  metrics: { $PendingTasks: { samples: [{ time: Date.parse("2024-01-01T11:59:30Z"), value: 3 }] } },
  random: () => 0.5,
};

describe("any text", () => {
  const words = fc.constantFrom(
    ...[
      "x",
      "$y",
      "=",
      ";",
      "(",
      ")",
      ",",
      ".",
      "?",
      ":",
      "+",
      "-",
      "*",
      "/",
      "!",
      "<",
      "==",
      "&&",
      "||",
      "//",
      "\n",
    ],
    ...[
      "1",
      "0",
      "-1",
      "1e308",
      '"a"',
      '"2024-01-01"',
      "time()",
      "vec(1,2)",
      "stop()",
      "rand()",
      "avg",
      "val",
      "max(",
    ],
    ...[
      "TimeInterval_Hour",
      "TimeInterval_100ns",
      "requeue",
      ".hour",
      ".GetSample(",
      ".GetSamplePercent(",
      ".Count()",
    ],
    ...[
      "$TargetDedicatedNodes",
      "$NodeDeallocationOption",
      ...metricNames.slice(0, 3),
      "$PendingTasks",
      "💥",
      "\u0000",
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(words, { maxLength: 40 }).map((list) => list.join(" ")),
    fc.array(words, { maxLength: 40 }).map((list) => `x = ${list.join("")}`),
  );

  it("gives a result or an error with its place, never an exception", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const run = evaluate(text, environment);
        expect(run.results).toMatch(
          /^\$TargetDedicatedNodes=\d+;\$TargetLowPriorityNodes=\d+;\$NodeDeallocationOption=[a-z]+/,
        );
        if (run.error) {
          expect(run.error.values?.[0]?.value).toMatch(/^Line \d+, Col \d+: ./);
          expect(run.targets).toMatchObject({ dedicatedNodes: 1, lowPriorityNodes: 2 });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("that cannot be enabled cannot be evaluated either", () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (checkFormula(text)) expect(evaluate(text, environment).error).toBeDefined();
      }),
    );
  });
});

describe("any expression", () => {
  type Tree = number | { sign: "-" | "!"; of: Tree } | { operator: string; left: Tree; right: Tree };

  const strength: Record<string, number> = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
  };

  const apply: Record<string, (a: number, b: number) => number> = {
    "||": (a, b) => Number(a !== 0 || b !== 0),
    "&&": (a, b) => Number(a !== 0 && b !== 0),
    "==": (a, b) => Number(a === b),
    "!=": (a, b) => Number(a !== b),
    "<": (a, b) => Number(a < b),
    "<=": (a, b) => Number(a <= b),
    ">": (a, b) => Number(a > b),
    ">=": (a, b) => Number(a >= b),
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
  };

  /** Written with no more parentheses than it needs. */
  function write(tree: Tree, outer = 0): string {
    if (typeof tree === "number") return String(tree);
    if ("sign" in tree) return `${tree.sign}${write(tree.of, 7)}`;
    const own = strength[tree.operator] ?? 0;
    const text = `${write(tree.left, own)} ${tree.operator} ${write(tree.right, own + 1)}`;
    return own < outer ? `(${text})` : text;
  }

  function expectedValue(tree: Tree): number {
    if (typeof tree === "number") return tree;
    if ("sign" in tree)
      return tree.sign === "-" ? -expectedValue(tree.of) : Number(expectedValue(tree.of) === 0);
    return apply[tree.operator]!(expectedValue(tree.left), expectedValue(tree.right));
  }

  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6, depthSize: "large" },
      fc.integer({ min: 0, max: 9 }),
      fc.record({ sign: fc.constantFrom("-" as const, "!" as const), of: tie("tree") }),
      fc.record({
        operator: fc.constantFrom(...Object.keys(strength)),
        left: tie("tree"),
        right: tie("tree"),
      }),
    ),
  }));

  it("has the value that precedence and association from the left give it", () => {
    fc.assert(
      fc.property(tree, (tree) => {
        const { variables, error } = evaluate(`x = ${write(tree)}`, environment);
        expect(error).toBeUndefined();
        expect(variables.x).toEqual({ type: "double", value: expect.closeTo(expectedValue(tree), 6) });
      }),
      { numRuns: 500 },
    );
  });

  it("has the same value with other white space and comments", () => {
    const space = fc.constantFrom(" ", "\n", "\t", "\r\n", " // a comment; with = signs\n");
    fc.assert(
      fc.property(tree, fc.array(space, { minLength: 1, maxLength: 5 }), (tree, spaces) => {
        let index = 0;
        const spaced = write(tree).replaceAll(" ", () => spaces[index++ % spaces.length]!);
        expect(evaluate(`x = ${spaced};`, environment).results).toBe(
          evaluate(`x = ${write(tree)};`, environment).results,
        );
      }),
    );
  });
});
